using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Picking;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Unfinished;

/// <summary>What is to be merged.</summary>
/// <param name="Commit">The other commit.</param>
/// <param name="Name">As the user called it.</param>
/// <param name="Message">Of the merge.</param>
/// <param name="AllowsFastForward">Where ours is an ancestor the branch just goes forward.</param>
/// <param name="OnlyFastForward">Anything else is refused.</param>
public sealed record MergeRequest(ObjectId Commit, string Name, byte[] Message, bool AllowsFastForward = true, bool OnlyFastForward = false);

/// <summary>
/// Begins merges, cherry-picks, reverts and rebases. Each is computed in memory, then the working copy moves once: to the end, or to the first conflict. Uncommitted
/// changes of files that it touches refuse it before anything is changed; others stay. A checkout that was cut must be finished before. Not thread-safe.
/// </summary>
/// <param name="clone">Changed under its lock.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Sees local commits too.</param>
/// <param name="committer">Who merges.</param>
/// <param name="progress">Told after each file written.</param>
public sealed class OperationRunner(Clone clone, WorkingCopy workingCopy, IObjectSource objects, Signature committer, IProgress<CheckoutProgress>? progress)
{
    /// <exception cref="CloneException">Another command holds the lock, or something is unfinished.</exception>
    public Task<OperationResult> MergeAsync(MergeRequest request, CancellationToken cancellationToken) => BeginAsync(async (made, steps, head) =>
    {
        CommitNode ours = steps.Find(head.Commit!.Value);
        CommitNode theirs = steps.Find(request.Commit);
        if (CommitWalk.IsAncestor(clone.History, theirs.Position, ours.Position))
        {
            return OperationResult.Of(OperationOutcome.UpToDate, head);
        }

        bool isForward = CommitWalk.IsAncestor(clone.History, ours.Position, theirs.Position);
        if (isForward && request.AllowsFastForward)
        {
            OperationResult moved = await steps.FinishAsync(OperationKind.Merge, head with { Commit = theirs.Id }, theirs.Tree, [], [], cancellationToken);
            return moved.Outcome == OperationOutcome.Done ? moved with { Outcome = OperationOutcome.FastForwarded } : moved;
        }

        if (request.OnlyFastForward)
        {
            return OperationResult.Of(OperationOutcome.NotFastForward, head);
        }

        if (await new MergeBase(clone.History, made).FindTreeAsync(ours, theirs, cancellationToken) is not { } fork)
        {
            return OperationResult.Of(OperationOutcome.Unrelated, head);
        }

        TreeMergeResult merge = await TreeMerge.MergeAsync(made, fork, ours.Tree, theirs.Tree, new MergeLabels("HEAD", request.Name), DirectoryRenamesSetting.Of(clone.Settings), cancellationToken);
        if (!merge.IsClean)
        {
            UnfinishedOperation stopped = new() { Kind = OperationKind.Merge, Original = head, Head = head, Tree = merge.Tree, Current = theirs.Id, Message = request.Message };
            return await steps.StopAsync(stopped, ours.Tree, [], merge, merge.Notes, cancellationToken);
        }

        CommitRow row = new(clone, made, committer, OperationKind.Merge, recordsOrigin: false);
        MadeCommit commit = row.Add(merge.Tree, [ours.Id, theirs.Id], null, request.Message, [ours.Tree, theirs.Tree]);
        return await steps.FinishAsync(OperationKind.Merge, head with { Commit = commit.Id }, merge.Tree, row.Commits, merge.Notes, cancellationToken);
    }, cancellationToken);

    /// <summary>Applies commits, or takes their changes back, on top of what is checked out.</summary>
    /// <param name="kind"><see cref="OperationKind.CherryPick"/> or <see cref="OperationKind.Revert"/>.</param>
    /// <param name="commits">First one first; none is a merge.</param>
    /// <param name="recordsOrigin">Messages say where a commit comes from.</param>
    /// <param name="cancellationToken">Ends it before anything is changed, or between two files.</param>
    /// <exception cref="CloneException">Another command holds the lock, or something is unfinished.</exception>
    public Task<OperationResult> ApplyAsync(OperationKind kind, IReadOnlyList<ObjectId> commits, bool recordsOrigin, CancellationToken cancellationToken) =>
        BeginAsync((made, steps, head) =>
        {
            CommitNode tip = steps.Find(head.Commit!.Value);
            UnfinishedOperation begun = new() { Kind = kind, Original = head, Head = head, Tree = tip.Tree, Todo = commits, RecordsOrigin = recordsOrigin };
            return RunAsync(made, steps, begun, tip.Tree, cancellationToken);
        }, cancellationToken);

    /// <summary>Takes the commits of what is checked out that another commit has not onto a third one. Merges among them are left out, as git does by default.</summary>
    /// <param name="upstream">What has the others.</param>
    /// <param name="onto">Their new place.</param>
    /// <param name="cancellationToken">Ends it before anything is changed, or between two files.</param>
    /// <exception cref="CloneException">Another command holds the lock, or something is unfinished.</exception>
    public Task<OperationResult> RebaseAsync(ObjectId upstream, ObjectId onto, CancellationToken cancellationToken) => BeginAsync(async (made, steps, head) =>
    {
        CommitNode tip = steps.Find(head.Commit!.Value);
        CommitNode place = steps.Find(onto);
        CommitNode others = steps.Find(upstream);
        IReadOnlyList<ObjectId> stack = await new RebaseStack(clone.History, made).FindAsync(tip, others, cancellationToken);
        if (stack.Count == 0)
        {
            OperationResult moved = place.Id == tip.Id
                ? OperationResult.Of(OperationOutcome.UpToDate, head)
                : await steps.FinishAsync(OperationKind.Rebase, head with { Commit = place.Id }, place.Tree, [], [], cancellationToken);
            return moved.Outcome == OperationOutcome.Done ? moved with { Outcome = OperationOutcome.FastForwarded } : moved;
        }

        UnfinishedOperation begun = new() { Kind = OperationKind.Rebase, Original = head, Head = new HeadState(null, place.Id), Tree = place.Tree, Todo = stack };
        return await RunAsync(made, steps, begun, place.Tree, cancellationToken);
    }, cancellationToken);

    /// <summary>Applies what is left to do of an operation, from where its head is.</summary>
    internal async Task<OperationResult> RunAsync(
        MadeObjects made, OperationSteps steps, UnfinishedOperation operation, ObjectId headTree, CancellationToken cancellationToken)
    {
        CommitRow row = new(clone, made, committer, operation.Kind, operation.RecordsOrigin);
        row.Begin(operation.Head.Commit!.Value, headTree);
        Queue<ObjectId> rest = new(operation.Todo);
        StoppedPick? stopped = await row.ApplyAsync(rest, cancellationToken);
        HeadState head = operation.Head with { Commit = row.Tip };
        if (stopped is not null)
        {
            UnfinishedOperation next = operation with { Head = head, Current = stopped.Commit, Todo = [.. rest], Message = stopped.Message };
            return await steps.StopAsync(next, row.Tree, row.Commits, stopped.Merge, row.Notes, cancellationToken);
        }

        // A rebase's branch moves at its end.
        head = operation.Kind == OperationKind.Rebase ? operation.Original with { Commit = row.Tip } : head;
        return head == operation.Original && !workingCopy.Unfinished.Exists
            ? OperationResult.Of(OperationOutcome.UpToDate, head) with { Notes = row.Notes }
            : await steps.FinishAsync(operation.Kind, head, row.Tree, row.Commits, row.Notes, cancellationToken);
    }

    /// <summary>Runs work under the lock, in a clone where nothing is unfinished.</summary>
    private async Task<OperationResult> BeginAsync(Func<MadeObjects, OperationSteps, HeadState, Task<OperationResult>> work, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        await workingCopy.PrepareAsync(objects, cancellationToken);
        workingCopy.RefuseUnfinished();
        HeadState head = clone.Head;
        if (head.Commit is null)
        {
            return OperationResult.Of(OperationOutcome.NothingCheckedOut, head);
        }

        MadeObjects made = new(objects);
        return await work(made, new OperationSteps(held, clone, workingCopy, made, committer, progress), head);
    }
}
