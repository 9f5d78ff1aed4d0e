namespace Monorepo.Workspace.Ignore;

/// <summary>The patterns of one ignore file, in git's syntax (gitignore(5)). Immutable and thread-safe.</summary>
public sealed class IgnorePatterns
{
    /// <summary>A file larger than this is cut at its last whole line before it: no one wrote it by hand.</summary>
    public const int FileBytesMax = 16 << 20;

    public static readonly IgnorePatterns Empty = new([]);

    private readonly Pattern[] _patterns;

    private IgnorePatterns(Pattern[] patterns) => _patterns = patterns;

    public bool IsEmpty => _patterns.Length == 0;

    public static IgnorePatterns Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length > FileBytesMax)
        {
            file = file[..(file[..FileBytesMax].LastIndexOf((byte)'\n') + 1)];
        }

        if (file.StartsWith("\uFEFF"u8))
        {
            file = file[3..];
        }

        List<Pattern> patterns = [];
        while (!file.IsEmpty)
        {
            int end = file.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            if (line.EndsWith("\r"u8))
            {
                line = line[..^1];
            }

            if (!line.StartsWith("#"u8) && ParseLine(TrimTrailingSpaces(line)) is { } pattern)
            {
                patterns.Add(pattern);
            }
        }

        return patterns.Count == 0 ? Empty : new IgnorePatterns([.. patterns]);
    }

    /// <summary>The last pattern that matches decides: true ignores, false takes back; null where none matches.</summary>
    /// <param name="path">Relative to the ignore file's directory, with slashes.</param>
    /// <param name="isDirectory">Whether it is a directory; symbolic links are not.</param>
    public bool? Decide(ReadOnlySpan<byte> path, bool isDirectory)
    {
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        for (int i = _patterns.Length - 1; i >= 0; i--)
        {
            Pattern pattern = _patterns[i];
            if (pattern.DirectoryOnly && !isDirectory)
            {
                continue;
            }

            ReadOnlySpan<byte> subject = pattern.NameOnly ? name : path;
            bool matches = pattern.Shape switch
            {
                Shape.Literal => subject.SequenceEqual(pattern.Glob),
                Shape.Suffix => subject.EndsWith(pattern.Glob.AsSpan(1)),
                _ => Wildmatch.IsMatch(pattern.Glob, subject),
            };
            if (matches)
            {
                return !pattern.Negated;
            }
        }

        return null;
    }

    private static Pattern? ParseLine(ReadOnlySpan<byte> line)
    {
        bool negated = line.StartsWith("!"u8);
        if (negated)
        {
            line = line[1..];
        }

        bool directoryOnly = line.EndsWith("/"u8);
        if (directoryOnly)
        {
            line = line[..^1];
        }

        bool nameOnly = !line.Contains((byte)'/');
        if (line.StartsWith("/"u8))
        {
            line = line[1..];
        }

        if (line.IsEmpty)
        {
            return null;
        }

        Shape shape = !HasWildcard(line) ? Shape.Literal
            : nameOnly && line[0] == '*' && !HasWildcard(line[1..]) ? Shape.Suffix
            : Shape.Glob;
        return new Pattern(line.ToArray(), shape, negated, directoryOnly, nameOnly);
    }

    private static bool HasWildcard(ReadOnlySpan<byte> text) => text.IndexOfAny("*?[\\"u8) >= 0;

    // A space at the end counts only behind a backslash.
    private static ReadOnlySpan<byte> TrimTrailingSpaces(ReadOnlySpan<byte> line)
    {
        int keep = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                i++;
                keep = i + 1;
            }
            else if (line[i] != ' ')
            {
                keep = i + 1;
            }
        }

        return line[..keep];
    }

    private enum Shape
    {
        Literal,
        Suffix,
        Glob,
    }

    private sealed record Pattern(byte[] Glob, Shape Shape, bool Negated, bool DirectoryOnly, bool NameOnly);
}
