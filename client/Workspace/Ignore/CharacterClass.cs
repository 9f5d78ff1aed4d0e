namespace Monorepo.Workspace.Ignore;

/// <summary>A bracket expression of a glob: <c>[a-z]</c>, <c>[!x]</c>, <c>[[:digit:]_]</c>.</summary>
internal static class CharacterClass
{
    /// <param name="pattern">The whole glob.</param>
    /// <param name="p">At the opening bracket; after a true or false answer, past the closing one.</param>
    /// <param name="c">The text's byte.</param>
    /// <returns>Whether the byte is in the class; null where the class never ends or names an unknown class, which matches nothing.</returns>
    public static bool? Match(ReadOnlySpan<byte> pattern, ref int p, byte c)
    {
        int at = p + 1;
        bool negated = at < pattern.Length && pattern[at] is (byte)'!' or (byte)'^';
        if (negated)
        {
            at++;
        }

        bool found = false;
        int rangeStart = -1;
        for (bool first = true; ; first = false)
        {
            if (at >= pattern.Length)
            {
                return null;
            }

            byte item = pattern[at];
            if (item == ']' && !first)
            {
                break;
            }

            if (item == '-' && rangeStart > 0 && at + 1 < pattern.Length && pattern[at + 1] != ']')
            {
                at++;
                if (pattern[at] == '\\' && ++at >= pattern.Length)
                {
                    return null;
                }

                found |= c >= rangeStart && c <= pattern[at];
                rangeStart = -1;
            }
            else if (item == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                int close = pattern[(at + 2)..].IndexOf((byte)']');
                if (close < 0)
                {
                    return null;
                }

                int end = at + 2 + close;
                if (close > 0 && pattern[end - 1] == ':')
                {
                    if (IsInNamedClass(pattern[(at + 2)..(end - 1)], c) is not { } inNamed)
                    {
                        return null;
                    }

                    found |= inNamed;
                    at = end;
                    rangeStart = -1;
                }
                else
                {
                    found |= c == '[';
                    rangeStart = '[';
                }
            }
            else
            {
                if (item == '\\')
                {
                    if (++at >= pattern.Length)
                    {
                        return null;
                    }

                    item = pattern[at];
                }

                found |= c == item;
                rangeStart = item;
            }

            at++;
        }

        p = at + 1;
        return found != negated;
    }

    private static bool? IsInNamedClass(ReadOnlySpan<byte> name, byte c)
    {
        char ch = (char)c;
        return System.Text.Encoding.ASCII.GetString(name) switch
        {
            "alnum" => char.IsAsciiLetterOrDigit(ch),
            "alpha" => char.IsAsciiLetter(ch),
            "blank" => ch is ' ' or '\t',
            "cntrl" => c is < 0x20 or 0x7F,
            "digit" => char.IsAsciiDigit(ch),
            "graph" => c is > 0x20 and < 0x7F,
            "lower" => char.IsAsciiLetterLower(ch),
            "print" => c is >= 0x20 and < 0x7F,
            "punct" => c is > 0x20 and < 0x7F && !char.IsAsciiLetterOrDigit(ch),
            "space" => ch is ' ' or (>= '\t' and <= '\r'),
            "upper" => char.IsAsciiLetterUpper(ch),
            "xdigit" => char.IsAsciiHexDigit(ch),
            _ => null,
        };
    }
}
