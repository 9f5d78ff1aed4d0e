namespace Monorepo.Workspace.Ignore;

/// <summary>One line of an ignore file, compiled. Immutable and thread-safe.</summary>
internal sealed class IgnorePattern
{
    private enum Matcher
    {
        /// <summary>The last component equals the literal.</summary>
        Name,

        /// <summary>The last component ends in the literal: <c>*.o</c>.</summary>
        NameEnd,
        NameWildcard,

        /// <summary>The path below the file's directory starts with the literal, and the rest matches.</summary>
        Path,
    }

    private readonly Matcher _matcher;
    private readonly byte[] _literal;
    private readonly WildcardPattern? _wildcard;

    private IgnorePattern(bool negative, bool directoryOnly, Matcher matcher, byte[] literal, WildcardPattern? wildcard)
    {
        IsNegative = negative;
        IsDirectoryOnly = directoryOnly;
        _matcher = matcher;
        _literal = literal;
        _wildcard = wildcard;
    }

    /// <summary>Written with a leading <c>!</c>: what it matches is not ignored.</summary>
    public bool IsNegative { get; }

    /// <summary>Written with a trailing slash: it matches directories only.</summary>
    public bool IsDirectoryOnly { get; }

    /// <param name="line">Without its line end and unquoted trailing spaces; no comment.</param>
    public static IgnorePattern Parse(ReadOnlySpan<byte> line)
    {
        bool negative = line.StartsWith("!"u8);
        if (negative)
            line = line[1..];
        int special = line.IndexOfAny("*?[\\"u8);
        bool onlyLeadingStar = line.StartsWith("*"u8) && line[1..].IndexOfAny("*?[\\"u8) < 0;
        bool directoryOnly = line.EndsWith("/"u8);
        if (directoryOnly)
            line = line[..^1];
        int literalLength = special < 0 ? line.Length : Math.Min(special, line.Length);

        if (!line.Contains((byte)'/'))
        {
            if (literalLength == line.Length)
                return new IgnorePattern(negative, directoryOnly, Matcher.Name, line.ToArray(), null);
            return onlyLeadingStar
                ? new IgnorePattern(negative, directoryOnly, Matcher.NameEnd, line[1..].ToArray(), null)
                : new IgnorePattern(negative, directoryOnly, Matcher.NameWildcard, [], WildcardPattern.Compile(line, stopAtSlash: false));
        }

        if (line[0] == '/')
        {
            line = line[1..];
            literalLength--;
        }

        // The literal head is cut off before the wildcards are compiled, as git does: "a**/b" is then "**/b" at its start and crosses slashes.
        ReadOnlySpan<byte> rest = line[literalLength..];
        return new IgnorePattern(negative, directoryOnly, Matcher.Path, line[..literalLength].ToArray(), rest.IsEmpty ? null : WildcardPattern.Compile(rest, stopAtSlash: true));
    }

    /// <param name="path">Relative to the directory of the file the pattern stands in.</param>
    /// <param name="name">The path's last component.</param>
    public bool IsMatch(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name)
    {
        switch (_matcher)
        {
            case Matcher.Name:
                return name.SequenceEqual(_literal);
            case Matcher.NameEnd:
                return name.EndsWith(_literal);
            case Matcher.NameWildcard:
                return _wildcard!.IsMatch(name);
            default:
                if (!path.StartsWith(_literal))
                    return false;
                path = path[_literal.Length..];
                return _wildcard is null ? path.IsEmpty : _wildcard.IsMatch(path);
        }
    }
}
