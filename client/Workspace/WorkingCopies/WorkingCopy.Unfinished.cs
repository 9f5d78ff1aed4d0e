using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>What merges and the like need of a working copy: moves that keep an unfinished operation in step.</summary>
public sealed partial class WorkingCopy
{
    /// <summary>The merge, rebase or the like that waits for the user.</summary>
    public OperationFiles Unfinished { get; } = new(clone.Paths.State);

    /// <exception cref="CloneException"><see cref="CloneError.Unfinished"/>: a merge or the like must be finished or aborted first.</exception>
    public void RefuseUnfinished()
    {
        if (Unfinished.Load() is { } operation)
        {
            throw new CloneException(CloneError.Unfinished, $"A {operation.Command} is unfinished: end it with 'mr {operation.Command} --continue', or go back with 'mr {operation.Command} --abort'.");
        }
    }

    /// <summary>Makes sure that nothing another command left stands between HEAD and the working copy. The caller holds the lock and has refreshed the clone.</summary>
    internal async Task PrepareAsync(IObjectSource objects, CancellationToken cancellationToken)
    {
        if (Interrupted is not null)
        {
            throw new CloneException(CloneError.Locked, "A checkout was interrupted; it must be finished first.");
        }

        SettleOperation();
        await FollowHeadAsync(objects, cancellationToken);
    }

    /// <summary>Moves files, dirstate and HEAD. The caller holds the lock; whatever is cut is finished by the next command.</summary>
    /// <param name="held">The clone's lock.</param>
    /// <param name="objects">Sees the tree, and after <paramref name="beforeChange"/> others do too.</param>
    /// <param name="tree">Where to.</param>
    /// <param name="head">What is checked out then.</param>
    /// <param name="force">Overwrites what differs at the paths that change.</param>
    /// <param name="also">
    /// Paths that must be, or with <paramref name="force"/> become, as their trees have them although both are alike. A sparse working copy has them from then on.
    /// </param>
    /// <param name="beforeChange">Makes durable what the move needs; called when nothing stands in the way, before anything is changed.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    internal async Task<CheckoutResult> MoveAsync(
        CloneLock held, IObjectSource objects, ObjectId tree, HeadState head, bool force, IReadOnlyCollection<byte[]> also, Func<Task>? beforeChange,
        IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        CheckoutJournal journal = await AnnounceAsync(objects, tree, head, force, also, cancellationToken);
        return await RunAsync(held, objects, journal, [.. also.Select(static p => new StatusEntry(p, StatusCode.Modified))], progress, cancellationToken, beforeChange);
    }

    /// <summary>The changes beside the dirstate's tree. The caller holds the lock.</summary>
    internal async Task<StatusResult> FindChangesAsync(DirstateReader? dirstate, CancellationToken cancellationToken) =>
        TryFindReady() ?? await ScanAsync(dirstate, new StatusOptions(), null, cancellationToken);

    /// <summary>Says that the files are now a commit's; none is touched. The caller holds the lock.</summary>
    internal async Task RecordAsync(
        IObjectSource objects, ObjectId tree, IReadOnlyDictionary<byte[], RecordedStat?> stats, HeadState head, CancellationToken cancellationToken)
    {
        await RecordTreeAsync(objects, tree, stats, [], cancellationToken);
        clone.SetHead(head);
        SettleOperation();
    }

    private void SettleOperation()
    {
        if (Unfinished.IsChanging && Interrupted is null)
        {
            using DirstateFile? dirstate = OpenDirstate();
            Unfinished.Settle(clone.Head, dirstate?.Reader.Tree);
        }
    }
}
