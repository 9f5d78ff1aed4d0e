using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Picking;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Unfinished;

/// <summary>The two ends of whatever is computed in memory: it is done, or it stops at a conflict. Each moves the working copy once. The caller holds the lock.</summary>
/// <param name="held">The clone's lock.</param>
/// <param name="clone">Changed.</param>
/// <param name="workingCopy">Moved.</param>
/// <param name="made">What was computed.</param>
/// <param name="committer">Of the commit that keeps a conflicted tree.</param>
/// <param name="progress">Told after each file.</param>
internal sealed class OperationSteps(CloneLock held, Clone clone, WorkingCopy workingCopy, MadeObjects made, Signature committer, IProgress<CheckoutProgress>? progress)
{
    public CloneLock Held => held;

    /// <summary>Checks out what was made; nothing is unfinished then.</summary>
    public async Task<OperationResult> FinishAsync(
        OperationKind kind, HeadState head, ObjectId tree, IReadOnlyList<MadeCommit> commits, IReadOnlyList<string> notes, CancellationToken cancellationToken)
    {
        UnfinishedOperation? before = workingCopy.Unfinished.Load();
        CheckoutResult moved = await workingCopy.MoveAsync(held, made, tree, head, force: false, [], async () =>
        {
            await new CommitKeeper(clone, made).PromiseAsync(commits, cancellationToken);
            if (before is not null)
            {
                workingCopy.Unfinished.Announce(End(kind, before.Original, head, tree));
            }
        }, progress, cancellationToken);
        if (!moved.IsDone)
        {
            return new OperationResult(OperationOutcome.Refused, clone.Head, notes, [], moved);
        }

        return new OperationResult(OperationOutcome.Done, clone.Head, notes, [], moved, commits.Count);
    }

    /// <summary>Checks out what could be merged, markers included, and remembers the rest.</summary>
    /// <param name="operation">Its tree and snapshot are found here.</param>
    /// <param name="headTree">The tree of the commit it stands on.</param>
    /// <param name="commits">Made before it stopped.</param>
    /// <param name="merge">What stopped it; null: a commit that changes nothing.</param>
    /// <param name="notes">To be told.</param>
    /// <param name="cancellationToken">Ends it before anything is changed, or between two files.</param>
    public async Task<OperationResult> StopAsync(
        UnfinishedOperation operation, ObjectId headTree, IReadOnlyList<MadeCommit> commits, TreeMergeResult? merge, IReadOnlyList<string> notes, CancellationToken cancellationToken)
    {
        ObjectId tree = merge?.Tree ?? headTree;
        List<MadeCommit> kept = [.. commits];
        MadeCommit? snapshot = null;
        if (merge is not null)
        {
            byte[] body = CommitBody.Format(
                tree, [operation.Head.Commit!.Value], System.Text.Encoding.UTF8.GetBytes(committer.ToString()), committer, "conflicts of an unfinished operation\n"u8);
            kept.Add(snapshot = new MadeCommit(made.Add(ObjectKind.Commit, body), body, tree, [headTree]));
        }

        IReadOnlyList<MergeConflict> conflicts = merge?.Conflicts ?? [];
        UnfinishedOperation next = operation with
        {
            Tree = tree,
            Snapshot = snapshot?.Id,
            Conflicts = [.. conflicts.Select(static c => new OpenConflict(c, IsResolved: false))],
        };
        IReadOnlyList<SparseRule> rules = workingCopy.Sparse?.Settings.Rules ?? [];
        CheckoutResult moved = await workingCopy.MoveAsync(held, made, tree, next.Head, force: false, [.. conflicts.Select(static c => c.Path)], async () =>
        {
            await new CommitKeeper(clone, made).PromiseAsync(kept, cancellationToken);
            workingCopy.Unfinished.Announce(next);
        }, progress, cancellationToken);
        if (!moved.IsDone)
        {
            return new OperationResult(OperationOutcome.Refused, clone.Head, notes, [], moved);
        }

        string[] told =
        [
            .. notes,
            .. (workingCopy.Sparse?.Settings.Rules ?? []).ExceptBy(rules.Select(static r => r.Pattern.Text), static r => r.Pattern.Text, StringComparer.Ordinal)
                .Select(static r => $"{r.Pattern.Text} is outside the sparse profile and was brought in; 'mr sparse exclude {r.Pattern.Text}' takes it out again."),
        ];
        OperationOutcome outcome = merge is null ? OperationOutcome.StoppedEmpty : OperationOutcome.Stopped;
        return new OperationResult(outcome, clone.Head, told, conflicts, moved, commits.Count, next.Current);
    }

    public static UnfinishedOperation End(OperationKind kind, HeadState original, HeadState head, ObjectId tree) =>
        new() { Kind = kind, Original = original, Head = head, Tree = tree, IsEnd = true };

    public CommitNode Find(ObjectId id) => clone.History.TryFind(id, out CommitNode node)
        ? node
        : throw new CorruptHistoryException($"The commit {id} is not in this clone's history; 'mr pull' gets what the server has.");
}
