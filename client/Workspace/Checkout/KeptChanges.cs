using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>A checkout's changes together with kept files: those that it puts into the working copy as edits, and those that it may take out of it.</summary>
internal sealed class KeptChanges
{
    private readonly SortedDictionary<byte[], TreeChange> _changes = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], TreeSide> _recorded = new(BytesComparer.Instance);
    private readonly HashSet<byte[]> _taken = new(BytesComparer.Instance);
    private readonly DirstateReader? _dirstate;

    /// <param name="changes">What the tree on its way has differently.</param>
    /// <param name="dirstate">What is checked out.</param>
    public KeptChanges(IReadOnlyList<TreeChange> changes, DirstateReader? dirstate)
    {
        foreach (TreeChange change in changes)
        {
            _changes.Add(change.Path.ToArray(), change);
        }

        _dirstate = dirstate;
    }

    /// <summary>All of them, ascending by path.</summary>
    public IReadOnlyList<TreeChange> Changes => [.. _changes.Values];

    /// <summary>The kept files' paths: tracked from here on where the tree has them.</summary>
    public IReadOnlySet<byte[]> Taken => _taken;

    /// <summary>What the dirstate becomes at the changed paths: the tree's sides, of which a file that got another content proves nothing.</summary>
    /// <param name="stats">Of each change's file.</param>
    public IEnumerable<DirstateEntry> Entries(IReadOnlyList<RecordedStat?> stats)
    {
        int i = 0;
        foreach ((byte[] path, TreeChange change) in _changes)
        {
            bool isEdit = _recorded.TryGetValue(path, out TreeSide side);
            side = isEdit ? side : change.New;
            if (!side.IsAbsent)
            {
                yield return new DirstateEntry(path, side.Mode, side.Id, isEdit ? null : stats[i]);
            }
            else if (!change.Old.IsAbsent)
            {
                yield return DirstateEntry.Removed(path);
            }

            i++;
        }
    }

    /// <summary>Files that hold what was kept of them may go, to what the tree has there, or altogether.</summary>
    /// <param name="files">Kept.</param>
    /// <param name="others">Is given what may be at a path without being anybody's work.</param>
    public void Discard(KeptFiles files, Dictionary<byte[], List<TreeSide>> others)
    {
        foreach ((byte[] path, TreeSide side) in files.Sides)
        {
            _taken.Add(path);
            CheckoutChanges.AddOther(others, path, side);
            if (!_changes.ContainsKey(path))
            {
                TreeSide tracked = Tracked(path);
                _changes.Add(path, new TreeChange(tracked.IsAbsent ? TreeChangeKind.Removed : TreeChangeKind.Modified, path, tracked, tracked));
            }
        }
    }

    /// <summary>Files get the content that was kept, or go where there was none.</summary>
    public void Restore(KeptFiles files)
    {
        foreach ((byte[] path, TreeSide side) in files.Sides)
        {
            _taken.Add(path);
            if (!_changes.TryGetValue(path, out TreeChange change))
            {
                TreeSide tracked = Tracked(path);
                change = new TreeChange(TreeChangeKind.Modified, path, tracked, tracked);
            }

            _recorded[path] = change.New;
            _changes[path] = change with { Kind = side.IsAbsent ? TreeChangeKind.Removed : TreeChangeKind.Modified, New = side };
        }
    }

    private TreeSide Tracked(byte[] path) => _dirstate is not null && _dirstate.TryFind(path, out DirstateEntry entry) && !entry.IsAdded ? new TreeSide(entry.Mode, entry.Id) : default;
}
