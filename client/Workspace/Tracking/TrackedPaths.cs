using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tracking;

/// <summary>Asks a dirstate for what is at and below a path. Null: nothing was ever checked out.</summary>
internal sealed class TrackedPaths(DirstateReader? dirstate)
{
    private readonly DirstateCursor? _cursor = dirstate?.Open();

    /// <summary>The entry of a path, whatever it says of it.</summary>
    public DirstateEntry? Find(ReadOnlySpan<byte> path) =>
        _cursor is not null && _cursor.Seek(path) && _cursor.Path.SequenceEqual(path) ? _cursor.Current : null;

    /// <summary>Files that are tracked now, at and below a path, ascending; below it alone where it ends in a slash.</summary>
    public List<DirstateEntry> Under(ReadOnlySpan<byte> top)
    {
        List<DirstateEntry> found = [];
        if (_cursor is null)
        {
            return found;
        }

        bool isBelow = top.EndsWith("/"u8);
        if (!top.IsEmpty && !isBelow && Find(top) is { IsDropped: false } itself)
        {
            found.Add(itself);
        }

        byte[] inside = top.IsEmpty || isBelow ? top.ToArray() : [.. top, (byte)'/'];
        for (bool any = inside.Length == 0 ? _cursor.Seek("\0"u8) : _cursor.Seek(inside); any && _cursor.Path.StartsWith(inside); any = _cursor.MoveNext())
        {
            if (!_cursor.IsDropped)
            {
                found.Add(_cursor.Current);
            }
        }

        return found;
    }

    /// <summary>Whether anything at or below a path is tracked now.</summary>
    public bool Any(ReadOnlySpan<byte> top)
    {
        if (_cursor is null)
        {
            return false;
        }

        bool any = _cursor.Seek(top.IsEmpty ? "\0"u8 : top);
        if (any && _cursor.Path.SequenceEqual(top) && !_cursor.IsDropped)
        {
            return true;
        }

        for (any = _cursor.Seek(top.IsEmpty ? "\0"u8 : [.. top, (byte)'/']); any && TreePaths.IsUnder(_cursor.Path, top); any = _cursor.MoveNext())
        {
            if (!_cursor.IsDropped)
            {
                return true;
            }
        }

        return false;
    }
}
