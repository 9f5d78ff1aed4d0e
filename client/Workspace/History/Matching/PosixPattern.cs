using System.Text;

namespace Monorepo.Workspace.History.Matching;

/// <summary>The pattern languages of <c>git log --grep</c>.</summary>
public enum PatternSyntax
{
    /// <summary>POSIX basic expressions with GNU's <c>\|</c>, <c>\+</c> and <c>\?</c>: git's default.</summary>
    Basic,

    /// <summary>POSIX extended expressions: <c>-E</c>.</summary>
    Extended,

    /// <summary>Plain text: <c>-F</c>.</summary>
    Fixed,
}

/// <summary>Translates POSIX expressions to .NET's.</summary>
internal static class PosixPattern
{
    // POSIX has a dot for every character but NUL.
    private const string AnyCharacter = @"[^\n\0]";

    private const string Special = @"\*+?|{}[]()^$.# ";

    /// <exception cref="FormatException">A bracket, group or escape is not closed.</exception>
    public static string Translate(string pattern, PatternSyntax syntax)
    {
        StringBuilder regex = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (syntax == PatternSyntax.Fixed)
            {
                AppendLiteral(regex, c);
            }
            else if (c == '[')
            {
                i = AppendBracket(regex, pattern, i);
            }
            else if (c == '\\')
            {
                if (++i == pattern.Length)
                {
                    throw new FormatException($"'{pattern}' ends with a backslash.");
                }

                AppendEscape(regex, pattern[i], syntax);
            }
            else if (syntax == PatternSyntax.Basic)
            {
                AppendBasic(regex, pattern, i);
            }
            else
            {
                regex.Append(c is '#' or ' ' ? $"\\{c}" : c == '.' ? AnyCharacter : c.ToString());
            }
        }

        return regex.ToString();
    }

    // Only these mean anything without a backslash; a star with nothing to repeat and anchors inside stand for themselves.
    private static void AppendBasic(StringBuilder regex, string pattern, int at)
    {
        char c = pattern[at];
        bool isStart = at == 0 || EndsWith(pattern, at, "\\(") || EndsWith(pattern, at, "\\|");
        bool isEnd = at == pattern.Length - 1 || pattern.AsSpan(at + 1).StartsWith("\\)") || pattern.AsSpan(at + 1).StartsWith("\\|");
        bool isAfterAnchor = at > 0 && pattern[at - 1] == '^' && (at == 1 || EndsWith(pattern, at - 1, "\\(") || EndsWith(pattern, at - 1, "\\|"));
        bool isSpecial = c switch
        {
            '.' => true,
            '*' => !isStart && !isAfterAnchor,
            '^' => isStart,
            '$' => isEnd,
            _ => false,
        };
        if (isSpecial)
        {
            regex.Append(c == '.' ? AnyCharacter : c.ToString());
        }
        else
        {
            AppendLiteral(regex, c);
        }
    }

    private static bool EndsWith(string pattern, int end, string text) => pattern.AsSpan(0, end).EndsWith(text);

    private static void AppendEscape(StringBuilder regex, char c, PatternSyntax syntax)
    {
        if (syntax == PatternSyntax.Basic && c is '(' or ')' or '{' or '}' or '|' or '+' or '?')
        {
            regex.Append(c);
            return;
        }

        switch (c)
        {
            case '<':
                regex.Append(@"\b(?=\w)");
                break;
            case '>':
                regex.Append(@"\b(?<=\w)");
                break;
            case 'w' or 'W' or 's' or 'S' or 'b' or 'B' or (>= '1' and <= '9'):
                regex.Append('\\').Append(c);
                break;
            default:
                AppendLiteral(regex, c);
                break;
        }
    }

    private static void AppendLiteral(StringBuilder regex, char c)
    {
        if (Special.Contains(c, StringComparison.Ordinal))
        {
            regex.Append('\\');
        }

        regex.Append(c);
    }

    /// <returns>Where the closing bracket is.</returns>
    private static int AppendBracket(StringBuilder regex, string pattern, int start)
    {
        int at = start + 1;
        regex.Append('[');
        if (at < pattern.Length && pattern[at] == '^')
        {
            regex.Append('^');
            at++;
        }

        for (bool isFirst = true; at < pattern.Length; at++, isFirst = false)
        {
            char c = pattern[at];
            if (c == ']' && !isFirst)
            {
                regex.Append(']');
                return at;
            }

            if (c == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                int end = pattern.IndexOf(":]", at, StringComparison.Ordinal);
                string name = end < 0 ? "" : pattern[(at + 2)..end];
                regex.Append(Class(name) ?? throw new FormatException($"'[:{name}:]' in '{pattern}' is no class of characters."));
                at = end + 1;
                continue;
            }

            // A minus between two characters is a range in both languages.
            if (c is '\\' or '[' or ']' or '^')
            {
                regex.Append('\\');
            }

            regex.Append(c == '-' && (isFirst || (at + 1 < pattern.Length && pattern[at + 1] == ']')) ? "\\-" : c.ToString());
        }

        throw new FormatException($"'{pattern}' has a '[' without ']'.");
    }

    private static string? Class(string name) => name switch
    {
        "alpha" => @"\p{L}",
        "digit" => "0-9",
        "alnum" => @"\p{L}0-9",
        "upper" => @"\p{Lu}",
        "lower" => @"\p{Ll}",
        "space" => @"\s",
        "blank" => @" \t",
        "punct" => @"!-/:-@\[-`{-~",
        "xdigit" => "0-9A-Fa-f",
        "cntrl" => @"\p{Cc}",
        "print" => @"\P{Cc}",
        "graph" => @"\P{C}",
        _ => null,
    };
}
