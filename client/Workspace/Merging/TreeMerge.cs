using Monorepo.Core;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// A three-way merge of trees with the outcomes of git's default merge, in memory. The work is that of what both sides changed; where a file that one side
/// changed is gone on the other, also of what that other side added, for it may have been renamed. Trees are read a level at a time, contents to be merged in one
/// batch. What one side added to a directory that the other side renamed follows it.
/// </summary>
public static class TreeMerge
{
    /// <param name="made">Reads all objects; what the merge makes is added.</param>
    /// <param name="fork">The common ancestor's tree; null: there is none.</param>
    /// <param name="ours">The tree that theirs is merged into.</param>
    /// <param name="theirs">The other tree.</param>
    /// <param name="labels">For markers and messages.</param>
    /// <param name="directoryRenames">Whether files follow the renames of directories.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Objects.ObjectsMissingException">Something is neither here nor to be had.</exception>
    public static Task<TreeMergeResult> MergeAsync(
        MadeObjects made, ObjectId? fork, ObjectId ours, ObjectId theirs, MergeLabels labels, DirectoryRenames directoryRenames, CancellationToken cancellationToken) =>
        MergeAsync(made, fork, ours, theirs, labels, directoryRenames, 0, cancellationToken);

    /// <param name="depth">0: the merge itself; else how deep in virtual bases, where conflicts are left as they are.</param>
    internal static async Task<TreeMergeResult> MergeAsync(
        MadeObjects made, ObjectId? fork, ObjectId ours, ObjectId theirs, MergeLabels labels, DirectoryRenames directoryRenames, int depth, CancellationToken cancellationToken)
    {
        if (ours == theirs || theirs == fork)
        {
            return new TreeMergeResult(ours, [], []);
        }

        if (ours == fork)
        {
            return new TreeMergeResult(theirs, [], []);
        }

        MergeWalk walk = new(made);
        await walk.WalkAsync(fork, ours, theirs, cancellationToken);
        SideRenames[] renames =
        [
            new SideRenames([], []),
            await SideRenames.FindAsync(made, walk, fork, ours, MergeEntry.Ours, cancellationToken),
            await SideRenames.FindAsync(made, walk, fork, theirs, MergeEntry.Theirs, cancellationToken),
        ];
        MergeNotes notes = new(labels);
        SideTree[] trees = [new(made, fork), new(made, ours), new(made, theirs)];
        DirectoryRenameMerge directories = new(walk.Entries, trees, renames, notes, isDisputed: directoryRenames == DirectoryRenames.Conflict);
        if (directoryRenames != DirectoryRenames.False)
        {
            await directories.MergeAsync(cancellationToken);
        }

        using ContentMerge contents = new(made, labels, depth);
        RenameMerge renaming = new(walk.Entries, directories.FindRenames(), contents, notes, depth);
        await made.EnsureAsync(renaming.FindContents(), cancellationToken);
        await renaming.MergeAsync(cancellationToken);
        await walk.Root.OpenWaysAsync(made, walk.Entries.Keys, cancellationToken);
        EntryMerge deciding = new(walk.Root, contents, notes, labels, depth);
        await deciding.MergeAsync(walk.Entries.Values, cancellationToken);
        ObjectId merged = walk.Root.Write(made) ?? made.Add(ObjectKind.Tree, []);
        return new TreeMergeResult(merged, deciding.Conflicts, notes.Sorted, directories.IsUndecided);
    }
}
