using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Diff;

/// <summary>
/// Compares a version with the files of the working copy, as <c>git diff REV</c> does: tracked files alone. The status says which files were changed since the checkout,
/// two trees say what else differs, so the cost is what differs.
/// </summary>
public static class WorkingChanges
{
    /// <param name="workingCopy">With its files as they are.</param>
    /// <param name="contents">Gets the changed files; reads objects.</param>
    /// <param name="tree">The version; null: what is checked out.</param>
    /// <param name="paths">Only paths at or below one of these; none: all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Sorted by path's bytes.</returns>
    public static async Task<IReadOnlyList<TreeChange>> FindAsync(
        WorkingCopy workingCopy, WorkingContents contents, ObjectId? tree, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        StatusResult status = await workingCopy.FindStatusAsync(cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        SortedDictionary<byte[], TreeChange> changes = new(BytesComparer.Instance);
        ObjectId? tracked = dirstate?.Reader.Tree is { IsNull: false } held ? held : null;
        if (tree is not null && tree != tracked)
        {
            foreach (TreeChange change in await TreeDiff.CompareAsync(contents, tree, tracked, cancellationToken, paths))
            {
                changes.Add(change.Path.ToArray(), change);
            }
        }

        foreach (StatusEntry entry in status.Entries)
        {
            if (entry.IsTrackedChange && IsWanted(entry.Path, paths) && dirstate is not null && dirstate.Reader.TryFind(entry.Path, out DirstateEntry file))
            {
                TreeSide old = changes.TryGetValue(entry.Path, out TreeChange between) ? between.Old
                    : file.IsAdded ? default
                    : new TreeSide(file.Mode, file.Id);
                TreeSide now = entry.Code is StatusCode.Deleted or StatusCode.Removed or StatusCode.AddedMissing ? default : contents.Add(entry.Path);
                _ = changes.Remove(entry.Path);
                if (Compare(entry.Path, old, now) is { } change)
                {
                    changes.Add(entry.Path, change);
                }
            }
        }

        return [.. changes.Values];
    }

    private static TreeChange? Compare(byte[] path, TreeSide old, TreeSide now)
    {
        bool isSame = old.IsAbsent || now.IsAbsent ? old.IsAbsent && now.IsAbsent : old.Id == now.Id && old.Mode.Canonical() == now.Mode.Canonical();
        if (isSame)
        {
            return null;
        }

        TreeChange change = new(TreeChangeKind.Modified, path, old, now);
        return old.IsAbsent ? change with { Kind = TreeChangeKind.Added }
            : now.IsAbsent ? change with { Kind = TreeChangeKind.Removed }
            : new FileChange(change).IsTypeChange ? change with { Kind = TreeChangeKind.TypeChanged }
            : change;
    }

    private static bool IsWanted(byte[] path, IReadOnlyCollection<ReadOnlyMemory<byte>> paths)
    {
        foreach (ReadOnlyMemory<byte> wanted in paths)
        {
            if (TreePaths.IsUnder(path, wanted.Span))
            {
                return true;
            }
        }

        return paths.Count == 0;
    }
}
