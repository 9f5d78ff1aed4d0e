using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tracking;

/// <summary>Changes of what is tracked, made durable together.</summary>
/// <param name="dirstate">As it is; null: nothing was ever checked out.</param>
internal sealed class TrackingEdits(DirstateReader? dirstate)
{
    private readonly SortedDictionary<byte[], DirstateEntry> _entries = new(BytesComparer.Instance);
    private readonly HashSet<byte[]> _ways = new(BytesComparer.Instance);
    private readonly TrackedPaths _tracked = new(dirstate);

    /// <summary>Tracks a path that is not tracked. What is tracked where it needs a directory, or below it, is tracked no more: one path can't be both.</summary>
    public void Add(byte[] path, FileMode mode)
    {
        MakeRoom(path);
        _entries[path] = _tracked.Find(path) is { IsAdded: false } known
            ? known with { Path = path, IsDropped = false, Stat = null }
            : DirstateEntry.Added(path, mode);
    }

    /// <summary>Tracks a path no more: of a commit's file the next one loses it, of any other nothing is left.</summary>
    public void Drop(in DirstateEntry tracked) =>
        _entries[tracked.Path.ToArray()] = tracked.IsAdded ? DirstateEntry.Removed(tracked.Path) : tracked with { IsDropped = true, IsRacy = false };

    /// <summary>Puts a commit's entry where it was, with what the file system says of the file now; what was added in its place is tracked no more.</summary>
    public void Restore(in DirstateEntry entry)
    {
        byte[] path = entry.Path.ToArray();
        MakeRoom(path);
        _entries[path] = entry;
    }

    /// <summary>Makes the changes count. The caller holds the clone's lock.</summary>
    public void Save(string path)
    {
        if (_entries.Count > 0)
        {
            DirstateFile.Update(path, dirstate?.Tree ?? ObjectId.Null, _entries.Values);
        }
    }

    private void MakeRoom(byte[] path)
    {
        for (int slash = path.AsSpan().LastIndexOf((byte)'/'); slash > 0 && _ways.Add(path[..slash]); slash = path.AsSpan(0, slash).LastIndexOf((byte)'/'))
        {
            if (_tracked.Find(path.AsSpan(0, slash)) is { IsDropped: false } inTheWay)
            {
                Drop(inTheWay);
            }
        }

        foreach (DirstateEntry below in _tracked.Under([.. path, (byte)'/']))
        {
            Drop(below);
        }
    }
}
