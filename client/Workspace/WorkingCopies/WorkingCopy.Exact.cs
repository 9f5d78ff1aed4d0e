using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Watching;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>What making a working copy exact did.</summary>
/// <param name="Checkout">Its first half.</param>
/// <param name="UntrackedRemoved">Files and links that no commit has and that are gone now.</param>
/// <param name="Kept">Repositories inside of the working copy, which stay.</param>
/// <param name="UnreadableCount">Places that could not be looked at; with any the working copy may differ there.</param>
public sealed record ExactResult(CheckoutResult Checkout, int UntrackedRemoved, IReadOnlyList<byte[]> Kept, int UnreadableCount)
{
    /// <summary>The working copy is the revision, ignored files apart.</summary>
    public bool IsExact => Checkout.IsDone && Kept.Count == 0 && UnreadableCount == 0;
}

/// <content>Working copies that are used again and again, by no person.</content>
public sealed partial class WorkingCopy
{
    /// <summary>
    /// Makes the working copy what a commit has, whatever was done to it: restores and moves as a forced checkout, then removes what is not tracked. Costs what
    /// differs where <see cref="Ready"/> knows the status, and else a scan; a second one only where ignore files changed.
    /// </summary>
    /// <param name="objects">Where trees and contents come from.</param>
    /// <param name="tree">The commit's tree.</param>
    /// <param name="head">What is checked out from then on; its commit is not null.</param>
    /// <param name="removeIgnored">Ignored files go too; takes a scan.</param>
    /// <param name="progress">Told after each file written.</param>
    /// <param name="cancellationToken">Stops between two files; run again it goes on.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public async Task<ExactResult> CheckoutExactAsync(
        IObjectSource objects, ObjectId tree, HeadState head, bool removeIgnored, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        StatusResult status = await FindAllAsync(removeIgnored, cancellationToken);
        using CloneLock held = CloneLock.Take(clone.Paths);
        WorktreeList.RefuseHeld(clone.Paths, head.Branch);
        await FollowHeadAsync(objects, cancellationToken);
        CheckoutJournal journal = await AnnounceAsync(objects, tree, head, force: true, [], cancellationToken);
        CheckoutResult moved = await RunAsync(held, objects, journal, status.Entries, progress, cancellationToken);
        if (!moved.IsDone)
        {
            return new ExactResult(moved, 0, [], status.UnreadableCount);
        }

        using DirstateFile? dirstate = OpenDirstate();
        if (moved.ChangedIgnoreRules)
        {
            status = await ScanAsync(dirstate?.Reader, new StatusOptions { IncludeIgnored = removeIgnored }, null, cancellationToken);
        }

        using IWorkingFiles files = OpenFiles();
        UntrackedRemover remover = new(files);

        // Looked at again: what was untracked may be the commit's now.
        List<byte[]> places = FindPlaces(status);
        if (places.Count > 0)
        {
            StatusOptions options = WithIgnoreFiles(new StatusOptions { ExpandUntracked = true, IncludeIgnored = removeIgnored });
            StatusResult found = new StatusScanner(_top, TimeProvider.System).ScanPaths(new DirstateFiles(dirstate?.Reader), options, places, cancellationToken);
            foreach (StatusEntry entry in found.Entries.Where(static e => e.Code is StatusCode.Untracked or StatusCode.Ignored))
            {
                cancellationToken.ThrowIfCancellationRequested();
                remover.Remove(entry.Path);
            }

            remover.RemoveEmptied();
        }

        return new ExactResult(moved, remover.Removed, remover.Kept, status.UnreadableCount);
    }

    private Task<StatusResult> FindAllAsync(bool includeIgnored, CancellationToken cancellationToken) =>
        includeIgnored ? ScanAsync(includeIgnored: true, null, cancellationToken) : FindStatusAsync(cancellationToken);

    // Ascending, none in another. What the next commit was to have newly is not tracked any more.
    private static List<byte[]> FindPlaces(StatusResult status)
    {
        HashSet<byte[]> all = new(BytesComparer.Instance);
        foreach (StatusEntry entry in status.Entries.Where(static e => e.Code is StatusCode.Untracked or StatusCode.Ignored or StatusCode.Added))
        {
            all.Add(entry.Path[^1] == '/' ? entry.Path[..^1] : entry.Path);
        }

        return [.. all.Where(p => !DoubtfulPaths.Covers(all, p, itself: false)).Order(BytesComparer.Instance)];
    }
}
