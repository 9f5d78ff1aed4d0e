namespace Monorepo.Workspace.Ignore;

/// <summary>The patterns of one ignore file, in git's syntax (gitignore(5)). Immutable and thread-safe.</summary>
public sealed class IgnorePatterns
{
    /// <summary>A file larger than this is cut at its last whole line before it: no one wrote it by hand.</summary>
    public const int FileBytesMax = 16 << 20;

    public static readonly IgnorePatterns Empty = new([]);

    private readonly IgnorePattern[] _patterns;

    private IgnorePatterns(IgnorePattern[] patterns) => _patterns = patterns;

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

        List<IgnorePattern> patterns = [];
        while (!file.IsEmpty)
        {
            int end = file.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            if (line[^1] == '\r')
            {
                line = line[..^1];
            }

            // Git's lines are C strings.
            int nul = line.IndexOf((byte)0);
            line = TrimTrailingSpaces(nul < 0 ? line : line[..nul]);
            if (!line.IsEmpty)
            {
                patterns.Add(IgnorePattern.Parse(line));
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
            IgnorePattern pattern = _patterns[i];
            if ((isDirectory || !pattern.IsDirectoryOnly) && pattern.IsMatch(path, name))
            {
                return !pattern.IsNegative;
            }
        }

        return null;
    }

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
}
