using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Tracking;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Stashing;

/// <summary>
/// Puts edits aside and brings them back. The stash is durable before the first file is touched, and files move by a journalled checkout that touches only files that hold what the stash holds.
/// Not thread-safe.
/// </summary>
/// <param name="clone">Stays the caller's.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Where trees and contents come from.</param>
public sealed class Stasher(Clone clone, WorkingCopy workingCopy, IObjectSource objects)
{
    /// <summary>Makes a stash of the edits and takes them out of the working copy.</summary>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<StashResult> PushAsync(StashRequest request, CancellationToken cancellationToken)
    {
        using CloneLock held = await TakeAsync(cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        if (clone.Head.Commit is null || dirstate is null)
        {
            return new StashResult(StashOutcome.NothingCheckedOut);
        }

        StatusResult status = request.IncludesUntracked ? await workingCopy.FindExpandedStatusAsync(cancellationToken) : await workingCopy.FindStatusAsync(cancellationToken);
        using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
        using IWorkingFiles files = workingCopy.OpenFiles();
        StashMaker maker = new(clone, objects, files, request);
        Stash? stash;
        using (LocalBatch batch = kept.Begin())
        {
            int next = StashList.Read(kept) is [var last, ..] ? last.Sequence + 1 : 0;
            stash = await maker.MakeAsync(batch, next, status, cancellationToken);
            if (stash is null)
            {
                return new StashResult(StashOutcome.NothingChanged);
            }

            batch.Promise();
        }

        ObjectId edits = KeptFiles.WriteAlone(kept, maker.Sides, $"stash {stash.Commit}", request.Author.UnixSeconds);
        CheckoutJournal journal = workingCopy.AnnounceHere(dirstate.Reader.Tree) with { Discard = [edits] };
        StatusEntry[] added = [.. status.Entries.Where(e => e.Code == StatusCode.Added && maker.Sides.ContainsKey(e.Path))];
        CheckoutResult result = await workingCopy.RunAsync(held, objects, journal, added, null, cancellationToken);
        if (result.IsDone)
        {
            return new StashResult(StashOutcome.Done, stash, result);
        }

        kept.SetRefs([(StashRef.Of(stash.Sequence), null)]);
        return new StashResult(StashOutcome.InTheWay, null, result);
    }

    /// <summary>Brings a stash's edits back into the working copy.</summary>
    /// <param name="index">0: the latest.</param>
    /// <param name="drops">Whether the stash goes when its edits are there.</param>
    /// <param name="cancellationToken">Stops between two files; the next command goes on.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<StashResult> ApplyAsync(int index, bool drops, CancellationToken cancellationToken)
    {
        using CloneLock held = await TakeAsync(cancellationToken);
        using DirstateFile? dirstate = workingCopy.OpenDirstate();
        if (clone.Head.Commit is null || dirstate is null)
        {
            return new StashResult(StashOutcome.NothingCheckedOut);
        }

        using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
        if (StashList.Read(kept).ElementAtOrDefault(index) is not { } stash)
        {
            return new StashResult(StashOutcome.NoSuchStash);
        }

        MadeObjects made = new(new KeptObjects(kept, objects));
        (SortedDictionary<byte[], TreeSide> sides, List<byte[]> added, List<byte[]> both) = await FindSidesAsync(made, stash, dirstate.Reader, cancellationToken);
        if (both.Count > 0)
        {
            return new StashResult(StashOutcome.NeedsMerge, stash, Paths: both);
        }

        ObjectId edits = KeptFiles.WriteAlone(kept, sides, $"stash {stash.Commit}", stash.UnixSeconds, made);
        CheckoutJournal journal = workingCopy.AnnounceHere(dirstate.Reader.Tree) with { Restore = [edits] };
        CheckoutResult result = await workingCopy.RunAsync(held, objects, journal, [], null, cancellationToken);
        if (!result.IsDone)
        {
            return new StashResult(StashOutcome.InTheWay, stash, result);
        }

        Track(added, sides);
        if (drops)
        {
            kept.SetRefs([(StashRef.Of(stash.Sequence), null)]);
        }

        return new StashResult(StashOutcome.Done, stash, result);
    }

    /// <summary>Forgets a stash; its edits stay for undo.</summary>
    /// <param name="index">0: the latest; null: all of them.</param>
    /// <param name="cancellationToken">Stops before anything is done.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<IReadOnlyList<Stash>> DropAsync(int? index, CancellationToken cancellationToken)
    {
        using CloneLock held = await TakeAsync(cancellationToken);
        using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
        IReadOnlyList<Stash> stashes = StashList.Read(kept);
        List<Stash> dropped = index is { } one ? [.. stashes.Skip(one).Take(1)] : [.. stashes];
        if (dropped.Count > 0)
        {
            kept.SetRefs(dropped.Select(static s => (StashRef.Of(s.Sequence), (ObjectId?)null)));
        }

        return dropped;
    }

    // What the stash puts at each path, those among them that it has added, and the paths where commits made since conflict with it. Contents of the sides are the stash's or made.
    private static async Task<(SortedDictionary<byte[], TreeSide> Sides, List<byte[]> Added, List<byte[]> Both)> FindSidesAsync(
        MadeObjects made, Stash stash, DirstateReader dirstate, CancellationToken cancellationToken)
    {
        SortedDictionary<byte[], TreeSide> sides = new(BytesComparer.Instance);
        // Files come back to where they were.
        TreeMergeResult merge = await TreeMerge.MergeAsync(
            made, stash.BaseTree, dirstate.Tree, stash.Tree, new MergeLabels("HEAD", "stash"), DirectoryRenames.False, cancellationToken);
        List<byte[]> added = [];
        List<byte[]> both = [.. merge.Conflicts.Select(static c => c.Path)];
        foreach (TreeChange change in both.Count > 0 ? [] : await TreeDiff.CompareAsync(made, dirstate.Tree, merge.Tree, cancellationToken))
        {
            byte[] path = change.Path.ToArray();
            sides[path] = change.New;
            if (change.Old.IsAbsent)
            {
                added.Add(path);
            }
        }

        await foreach (GitObject content in made.ReadManyAsync([.. sides.Values.Where(static s => s.Mode.HasBlob()).Select(static s => s.Id).Distinct()], cancellationToken))
        {
            made.Add(content.Kind, content.Body.Span);
        }

        foreach (TreeChange change in stash.UntrackedTree is { } tree ? await TreeDiff.CompareAsync(made, null, tree, cancellationToken) : [])
        {
            byte[] path = change.Path.ToArray();
            sides[path] = change.New;
            if (dirstate.TryFind(path, out DirstateEntry tracked) && new TreeSide(tracked.Mode, tracked.Id) != change.New)
            {
                both.Add(path);
            }
        }

        return (sides, added, both);
    }

    // The next commit has them, as it would have had before they were put aside.
    private void Track(List<byte[]> added, SortedDictionary<byte[], TreeSide> sides)
    {
        if (added.Count > 0)
        {
            using DirstateFile? dirstate = workingCopy.OpenDirstate();
            TrackingEdits edits = new(dirstate?.Reader);
            foreach (byte[] path in added)
            {
                edits.Add(path, sides[path].Mode);
            }

            edits.Save(workingCopy.DirstatePath);
        }
    }

    private async Task<CloneLock> TakeAsync(CancellationToken cancellationToken)
    {
        CloneLock held = CloneLock.Take(clone.Paths);
        try
        {
            clone.Refresh();
            if (workingCopy.Interrupted is not null)
            {
                throw new CloneException(CloneError.Locked, "A checkout was interrupted; it must be finished before a stash.");
            }

            await workingCopy.PrepareAsync(objects, cancellationToken);
            workingCopy.RefuseUnfinished();
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }
}
