using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>What a checkout changes, beside what its two trees have differently; and what the dirstate makes of it.</summary>
internal static class CheckoutChanges
{
    /// <summary>Notes what may be at a path without being anybody's work.</summary>
    public static void AddOther(Dictionary<byte[], List<TreeSide>> others, byte[] path, TreeSide side)
    {
        if (side.IsAbsent)
        {
            return;
        }

        if (!others.TryGetValue(path, out List<TreeSide>? sides))
        {
            others.Add(path, sides = []);
        }

        sides.Add(side);
    }

    /// <summary>Files that a cut checkout may have changed on its way to another tree go where this one wants them; their content then is no user's work.</summary>
    public static List<TreeChange> WithUndone(IReadOnlyList<TreeChange> changes, IReadOnlyList<TreeChange> cut, Dictionary<byte[], List<TreeSide>> others)
    {
        HashSet<byte[]> known = new(changes.Select(c => c.Path.ToArray()), BytesComparer.Instance);
        List<TreeChange> all = [.. changes];
        foreach (TreeChange change in cut)
        {
            byte[] path = change.Path.ToArray();
            AddOther(others, path, change.New);
            if (!known.Contains(path))
            {
                all.Add(new TreeChange(change.Old.IsAbsent ? TreeChangeKind.Removed : TreeChangeKind.Modified, change.Path, change.Old.IsAbsent ? change.New : change.Old, change.Old));
            }
        }

        all.Sort(static (a, b) => a.Path.Span.SequenceCompareTo(b.Path.Span));
        return all;
    }

    /// <summary>A forced checkout also restores tracked files that both commits have alike, and forgets what the next commit was to add or remove.</summary>
    public static IReadOnlyList<TreeChange> WithRestored(IReadOnlyList<TreeChange> changes, IReadOnlyList<StatusEntry> dirty, DirstateReader? dirstate)
    {
        if (dirty.Count == 0 || dirstate is null)
        {
            return changes;
        }

        HashSet<byte[]> known = new(changes.Select(c => c.Path.ToArray()), BytesComparer.Instance);
        List<TreeChange> all = [.. changes];
        foreach (StatusEntry entry in dirty)
        {
            if (entry.Code is StatusCode.Modified or StatusCode.Deleted or StatusCode.TypeChanged or StatusCode.Removed
                && !known.Contains(entry.Path) && dirstate.TryFind(entry.Path, out DirstateEntry tracked))
            {
                TreeSide side = new(tracked.Mode, tracked.Id);
                all.Add(new TreeChange(TreeChangeKind.Modified, tracked.Path, side, side));
            }
        }

        all.Sort(static (a, b) => a.Path.Span.SequenceCompareTo(b.Path.Span));
        return all;
    }

    /// <summary>What the dirstate becomes at the changed paths.</summary>
    public static IEnumerable<DirstateEntry> Entries(IReadOnlyList<TreeChange> changes, IReadOnlyList<RecordedStat?> stats)
    {
        for (int i = 0; i < changes.Count; i++)
        {
            TreeChange change = changes[i];
            yield return change.New.IsAbsent ? DirstateEntry.Removed(change.Path) : new DirstateEntry(change.Path, change.New.Mode, change.New.Id, stats[i]);
        }
    }

    /// <summary>The same, and paths that are tracked no more.</summary>
    public static List<DirstateEntry> WithForgotten(IEnumerable<DirstateEntry> entries, IEnumerable<byte[]> forgotten)
    {
        SortedDictionary<byte[], DirstateEntry> all = new(BytesComparer.Instance);
        foreach (byte[] path in forgotten)
        {
            all[path] = DirstateEntry.Removed(path);
        }

        if (all.Count == 0)
        {
            return [.. entries];
        }

        foreach (DirstateEntry entry in entries)
        {
            all[entry.Path.ToArray()] = entry;
        }

        return [.. all.Values];
    }
}
