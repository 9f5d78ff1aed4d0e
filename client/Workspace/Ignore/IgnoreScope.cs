namespace Monorepo.Workspace.Ignore;

/// <summary>
/// What is ignored in one directory of the working copy, by its own ignore file and those above it, the clone's exclude file
/// and the user's. Made on the way down: <see cref="Root"/>, then <see cref="Enter"/>. Immutable and thread-safe.
/// </summary>
public sealed class IgnoreScope
{
    private const int PathBytesOnStack = 512;

    private readonly IgnoreScope? _parent;
    private readonly byte[] _path;
    private readonly IgnorePatterns _patterns;
    private readonly IReadOnlyList<IgnorePatterns> _fallbacks;

    private IgnoreScope(IgnoreScope? parent, byte[] path, IgnorePatterns patterns, IReadOnlyList<IgnorePatterns> fallbacks, bool isIgnored)
    {
        _parent = parent;
        _path = path;
        _patterns = patterns;
        _fallbacks = fallbacks;
        IsIgnoredItself = isIgnored;
    }

    /// <summary>The directory, or one above it, is ignored; so is all that is untracked in it.</summary>
    public bool IsIgnoredItself { get; }

    /// <param name="own">The top directory's .gitignore.</param>
    /// <param name="fallbacks">What is asked after all .gitignore files, in this order: the clone's exclude file, then the user's.</param>
    public static IgnoreScope Root(IgnorePatterns own, IReadOnlyList<IgnorePatterns> fallbacks) =>
        new(null, [], own, [.. fallbacks.Where(f => !f.IsEmpty)], isIgnored: false);

    /// <summary>The scope of a sub-directory.</summary>
    /// <param name="name">Its name, one path component.</param>
    /// <param name="own">Its .gitignore; <see cref="IgnorePatterns.Empty"/> where there is none.</param>
    public IgnoreScope Enter(ReadOnlySpan<byte> name, IgnorePatterns own)
    {
        byte[] path = new byte[_path.Length + name.Length + 1];
        _path.CopyTo(path, 0);
        name.CopyTo(path.AsSpan(_path.Length));
        path[^1] = (byte)'/';
        // A level without patterns has nothing to say: leave it out of the chain.
        IgnoreScope? parent = _patterns.IsEmpty ? _parent : this;
        return new IgnoreScope(parent, path, own, _fallbacks, IsIgnored(name, isDirectory: true));
    }

    /// <summary>Whether an untracked entry of this directory is ignored.</summary>
    public bool IsIgnored(ReadOnlySpan<byte> name, bool isDirectory)
    {
        if (IsIgnoredItself)
        {
            return true;
        }

        int length = _path.Length + name.Length;
        Span<byte> path = length <= PathBytesOnStack ? stackalloc byte[length] : new byte[length];
        _path.CopyTo(path);
        name.CopyTo(path[_path.Length..]);
        for (IgnoreScope? level = this; level is not null; level = level._parent)
        {
            if (!level._patterns.IsEmpty && level._patterns.Decide(path[level._path.Length..], isDirectory) is { } decided)
            {
                return decided;
            }
        }

        foreach (IgnorePatterns fallback in _fallbacks)
        {
            if (fallback.Decide(path, isDirectory) is { } decided)
            {
                return decided;
            }
        }

        return false;
    }
}
