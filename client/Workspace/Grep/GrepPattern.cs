using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Monorepo.Workspace.History.Matching;

namespace Monorepo.Workspace.Grep;

/// <summary>What lines are looked for.</summary>
/// <param name="Patterns">A line that one of them matches.</param>
/// <param name="Syntax">Their language.</param>
/// <param name="IgnoreCase">Letters of either case.</param>
/// <param name="Word">What matches stands between characters that are no letters, digits or underscores.</param>
/// <param name="Invert">The lines that none matches.</param>
public sealed record GrepPattern(IReadOnlyList<string> Patterns, PatternSyntax Syntax, bool IgnoreCase, bool Word, bool Invert);

/// <summary>Finds lines in contents, as <c>git grep</c> does: text that is UTF-8 by characters, other text by bytes. Not thread-safe: one for each worker.</summary>
public sealed class LineMatcher
{
    // One line needs no longer, whatever the pattern; one that does is told instead of hanging.
    private static readonly TimeSpan s_lineTimeout = TimeSpan.FromSeconds(10);

    private static readonly SearchValues<char> s_special = SearchValues.Create(@"\*+?|{}[]()^$.");

    private readonly GrepPattern _pattern;
    private readonly byte[]? _literal;
    private readonly Regex? _characters;
    private Regex? _bytes;
    private char[] _line = new char[256];

    /// <exception cref="FormatException">A pattern breaks its language.</exception>
    public LineMatcher(GrepPattern pattern)
    {
        _pattern = pattern;
        bool isLiteral = pattern is { Patterns.Count: 1, IgnoreCase: false }
            && (pattern.Syntax == PatternSyntax.Fixed || !pattern.Patterns[0].AsSpan().ContainsAny(s_special));
        if (isLiteral)
        {
            _literal = Encoding.UTF8.GetBytes(pattern.Patterns[0]);
        }
        else
        {
            _characters = Compile(static p => p);
        }
    }

    /// <summary>The first line at or behind a place that is wanted.</summary>
    /// <param name="text">The whole content.</param>
    /// <param name="start">Where a line begins.</param>
    /// <param name="line">Where the line found is, without its line feed.</param>
    /// <returns>False: there is none.</returns>
    public bool TryFind(ReadOnlySpan<byte> text, int start, out Range line)
    {
        while (start < text.Length)
        {
            if (_literal is { Length: > 0 } && !_pattern.Invert)
            {
                // No line before the text's next occurrence needs a look.
                int found = text[start..].IndexOf(_literal);
                if (found < 0)
                {
                    break;
                }

                start = text[..(start + found)].LastIndexOf((byte)'\n') + 1;
            }

            int length = text[start..].IndexOf((byte)'\n');
            int end = length < 0 ? text.Length : start + length;
            if (Matches(text[start..end]) != _pattern.Invert)
            {
                line = start..end;
                return true;
            }

            start = end + 1;
        }

        line = default;
        return false;
    }

    private bool Matches(ReadOnlySpan<byte> line)
    {
        if (_literal is not null)
        {
            return _pattern.Word ? HasWord(line, _literal) : line.IndexOf(_literal) >= 0;
        }

        if (line.Length > _line.Length)
        {
            _line = new char[2 * line.Length];
        }

        if (Ascii.ToUtf16(line, _line, out int count) == OperationStatus.Done
            || Utf8.ToUtf16(line, _line, out _, out count, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            return IsMatch(_characters!, _line.AsSpan(0, count));
        }

        _bytes ??= Compile(static p => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(p)));
        count = Encoding.Latin1.GetChars(line, _line);
        return IsMatch(_bytes, _line.AsSpan(0, count));
    }

    // A word has at least one character.
    private bool IsMatch(Regex regex, ReadOnlySpan<char> line)
    {
        if (!_pattern.Word)
        {
            return regex.IsMatch(line);
        }

        foreach (ValueMatch match in regex.EnumerateMatches(line))
        {
            if (match.Length > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasWord(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word)
    {
        for (int from = 0; !word.IsEmpty && line[from..].IndexOf(word) is >= 0 and int at; from += at + 1)
        {
            int start = from + at;
            int end = start + word.Length;
            if ((start == 0 || !IsWord(line[start - 1])) && (end == line.Length || !IsWord(line[end])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(byte c) => char.IsAsciiLetterOrDigit((char)c) || c == '_';

    private Regex Compile(Func<string, string> encode)
    {
        RegexOptions options = RegexOptions.CultureInvariant | (_pattern.IgnoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
        try
        {
            // Each by itself first, so that one can't close a group of another.
            string[] parts = [.. _pattern.Patterns.Select(p => PosixPattern.Translate(encode(p), _pattern.Syntax))];
            foreach (string part in parts)
            {
                _ = new Regex(part, options, s_lineTimeout);
            }

            string all = parts.Length == 1 ? parts[0] : string.Join('|', parts.Select(static p => $"(?:{p})"));
            return new Regex(_pattern.Word ? $"(?<![A-Za-z0-9_])(?:{all})(?![A-Za-z0-9_])" : all, options, s_lineTimeout);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"'{string.Join("', '", _pattern.Patterns)}' is no regular expression: {e.Message}", e);
        }
    }
}
