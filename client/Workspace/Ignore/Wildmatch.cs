namespace Monorepo.Workspace.Ignore;

/// <summary>
/// Matches a path against a glob as git does with its pathname rule: '*', '?' and classes stop at a slash, "**" between slashes
/// spans any number of directories. Bytes, no locale. The rules are those of git's wildmatch, found by its documentation
/// and pinned by a differential test.
/// </summary>
internal static class Wildmatch
{
    private enum Outcome
    {
        Match,
        NoMatch,

        // No star further left can help either: the text has run out.
        TextEnded,

        // Only a "**" further left can help: a '*' met a slash.
        NeedsDoubleStar,
    }

    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text) => Match(pattern, 0, text) == Outcome.Match;

    private static Outcome Match(ReadOnlySpan<byte> pattern, int p, ReadOnlySpan<byte> text)
    {
        int t = 0;
        while (p < pattern.Length)
        {
            byte glob = pattern[p];
            if (glob == '*')
            {
                return MatchStar(pattern, p, text[t..]);
            }

            if (t == text.Length)
            {
                return Outcome.TextEnded;
            }

            byte c = text[t];
            switch (glob)
            {
                case (byte)'?':
                    if (c == '/')
                    {
                        return Outcome.NoMatch;
                    }

                    p++;
                    break;
                case (byte)'[':
                    Outcome inClass = CharacterClass.Match(pattern, ref p, c) switch
                    {
                        true => Outcome.Match,
                        false => Outcome.NoMatch,
                        null => Outcome.TextEnded,
                    };
                    if (inClass != Outcome.Match || c == '/')
                    {
                        return inClass == Outcome.Match ? Outcome.NoMatch : inClass;
                    }

                    break;
                case (byte)'\\':
                    p++;
                    if (p == pattern.Length || pattern[p] != c)
                    {
                        return Outcome.NoMatch;
                    }

                    p++;
                    break;
                default:
                    if (glob != c)
                    {
                        return Outcome.NoMatch;
                    }

                    p++;
                    break;
            }

            t++;
        }

        return t == text.Length ? Outcome.Match : Outcome.NoMatch;
    }

    private static Outcome MatchStar(ReadOnlySpan<byte> pattern, int p, ReadOnlySpan<byte> text)
    {
        int start = p;
        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        bool spansSlashes = false;
        if (p - start > 1)
        {
            bool opens = start == 0 || pattern[start - 1] == '/';
            bool closes = p == pattern.Length || pattern[p] == '/' || (pattern[p] == '\\' && p + 1 < pattern.Length && pattern[p + 1] == '/');
            spansSlashes = opens && closes;
            // "**/" also stands for no directory at all.
            if (spansSlashes && p < pattern.Length && pattern[p] == '/' && Match(pattern, p + 1, text) == Outcome.Match)
            {
                return Outcome.Match;
            }
        }

        if (p == pattern.Length)
        {
            return spansSlashes || !text.Contains((byte)'/') ? Outcome.Match : Outcome.NoMatch;
        }

        if (!spansSlashes && pattern[p] == '/')
        {
            // "*/" ends at the next slash and nowhere else.
            int slash = text.IndexOf((byte)'/');
            return slash < 0 ? Outcome.NoMatch : Match(pattern, p + 1, text[(slash + 1)..]);
        }

        for (int t = 0; t < text.Length; t++)
        {
            Outcome rest = Match(pattern, p, text[t..]);
            if (rest != Outcome.NoMatch)
            {
                if (!spansSlashes || rest != Outcome.NeedsDoubleStar)
                {
                    return rest;
                }
            }
            else if (!spansSlashes && text[t] == '/')
            {
                return Outcome.NeedsDoubleStar;
            }
        }

        return Outcome.TextEnded;
    }
}
