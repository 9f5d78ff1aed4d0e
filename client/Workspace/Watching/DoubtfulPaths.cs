using Monorepo.Core;
using Monorepo.Formats.Dirstate;

namespace Monorepo.Workspace.Watching;

/// <summary>
/// Turns paths that may have changed into the places to look at: a path in a directory without tracked files stands for the topmost such
/// directory, which is one line of a status, and an ignore file for its directory. Not thread-safe.
/// </summary>
internal sealed class DoubtfulPaths(DirstateReader? dirstate)
{
    private readonly DirstateCursor? _cursor = dirstate?.Open();
    private readonly HashSet<byte[]> _places = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], byte[]?> _topmost = new(BytesComparer.Instance);

    /// <summary>All is doubtful.</summary>
    public bool IsEverything { get; private set; }

    public int Count => _places.Count;

    public void Add(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path.SequenceEqual(".gitignore"u8))
        {
            IsEverything = true;
            return;
        }

        if (path.EndsWith("/.gitignore"u8))
            path = path[..path.LastIndexOf((byte)'/')];
        int slash = path.LastIndexOf((byte)'/');
        byte[]? untracked = slash < 0 ? null : Topmost(path[..slash]);
        if (untracked is null)
            _places.GetAlternateLookup<ReadOnlySpan<byte>>().Add(path);
        else
            _places.Add(untracked);
    }

    /// <summary>Ascending, none in another.</summary>
    public List<byte[]> ToPlaces()
    {
        if (IsEverything)
            return [[]];
        List<byte[]> places = new(_places.Count);
        foreach (byte[] place in _places)
        {
            if (!Covers(_places, place, itself: false))
                places.Add(place);
        }

        places.Sort(BytesComparer.Instance);
        return places;
    }

    /// <summary>Whether a path, with or without a slash at its end, is one of some places or in one of them.</summary>
    public static bool Covers(HashSet<byte[]> places, ReadOnlySpan<byte> path, bool itself)
    {
        HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> lookup = places.GetAlternateLookup<ReadOnlySpan<byte>>();
        ReadOnlySpan<byte> at = path.EndsWith("/"u8) ? path[..^1] : path;
        if (itself && lookup.Contains(at))
            return true;
        while (at.LastIndexOf((byte)'/') is > 0 and int slash)
        {
            at = at[..slash];
            if (lookup.Contains(at))
                return true;
        }

        return false;
    }

    // The topmost directory at or above one that has no tracked files in it; null: it has some.
    private byte[]? Topmost(ReadOnlySpan<byte> directory)
    {
        Dictionary<byte[], byte[]?>.AlternateLookup<ReadOnlySpan<byte>> lookup = _topmost.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(directory, out byte[]? known))
            return known;
        byte[]? found = null;
        if (!HasTracked(directory))
        {
            int slash = directory.LastIndexOf((byte)'/');
            found = (slash < 0 ? null : Topmost(directory[..slash])) ?? directory.ToArray();
        }

        lookup[directory] = found;
        return found;
    }

    private bool HasTracked(ReadOnlySpan<byte> directory)
    {
        Span<byte> prefix = directory.Length < 512 ? stackalloc byte[directory.Length + 1] : new byte[directory.Length + 1];
        directory.CopyTo(prefix);
        prefix[^1] = (byte)'/';
        bool isIn = _cursor is not null && _cursor.Seek(prefix) && _cursor.Path.StartsWith(prefix);

        // What the next commit drops is tracked no more.
        while (isIn && _cursor!.IsDropped)
            isIn = _cursor.MoveNext() && _cursor.Path.StartsWith(prefix);
        return isIn;
    }
}
