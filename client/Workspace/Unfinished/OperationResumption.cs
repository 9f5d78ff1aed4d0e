using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Picking;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Unfinished;

/// <summary>Goes on with an operation that stopped, leaves out what it stopped at, or takes all of it back. A checkout that was cut must be finished before. Not thread-safe.</summary>
/// <param name="clone">Changed under its lock.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Sees local commits too.</param>
/// <param name="committer">Who goes on.</param>
/// <param name="progress">Told after each file written.</param>
public sealed class OperationResumption(Clone clone, WorkingCopy workingCopy, IObjectSource objects, Signature committer, IProgress<CheckoutProgress>? progress)
{
    /// <summary>Commits what the user resolved, then does what is left.</summary>
    /// <param name="kind">What is expected to wait.</param>
    /// <param name="message">Of the commit; null: as it was to be.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    public Task<OperationResult> ContinueAsync(OperationKind kind, byte[]? message, CancellationToken cancellationToken) => ResumeAsync(kind, async (operation, made, steps) =>
    {
        if (operation.Open.Any())
        {
            return OperationResult.Of(OperationOutcome.ConflictsOpen, clone.Head) with { Conflicts = [.. operation.Open] };
        }

        int commits = 0;
        if (operation.Current is not null)
        {
            (UnfinishedOperation? next, commits) = await CommitAsync(operation, made, steps, message, cancellationToken);
            if (next is null)
            {
                return OperationResult.Of(OperationOutcome.StoppedEmpty, clone.Head) with { Current = operation.Current };
            }

            operation = next;
            if (operation.IsEnd)
            {
                return OperationResult.Of(OperationOutcome.Done, clone.Head) with { Commits = commits };
            }
        }

        OperationResult result = await RunAsync(operation, made, steps, cancellationToken);
        return result with { Commits = result.Commits + commits };
    }, cancellationToken);

    /// <summary>Leaves the commit out that it stopped at, with what the user did to resolve it, then does what is left.</summary>
    public Task<OperationResult> SkipAsync(OperationKind kind, CancellationToken cancellationToken) => ResumeAsync(kind, async (operation, made, steps) =>
    {
        await RestoreAsync(operation, made, steps, cancellationToken);
        return await RunAsync(operation, made, steps, cancellationToken);
    }, cancellationToken);

    /// <summary>Goes back to what was checked out before, files included; what it did not touch stays.</summary>
    public Task<OperationResult> AbortAsync(OperationKind kind, CancellationToken cancellationToken) => ResumeAsync(kind, async (operation, made, steps) =>
    {
        await RestoreAsync(operation, made, steps, cancellationToken);
        ObjectId tree = steps.Find(operation.Original.Commit!.Value).Tree;
        CheckoutResult moved = await workingCopy.MoveAsync(steps.Held, made, tree, operation.Original, force: true, [], () =>
        {
            workingCopy.Unfinished.Announce(OperationSteps.End(kind, operation.Original, operation.Original, tree));
            return Task.CompletedTask;
        }, progress, cancellationToken);
        if (!moved.IsDone)
        {
            return new OperationResult(OperationOutcome.Refused, clone.Head, [], [], moved);
        }

        return OperationResult.Of(OperationOutcome.Done, clone.Head) with { Checkout = moved };
    }, cancellationToken);

    // Conflicted files as the merge left them, also where moving on would not touch them.
    private Task<CheckoutResult> RestoreAsync(UnfinishedOperation operation, MadeObjects made, OperationSteps steps, CancellationToken cancellationToken) =>
        workingCopy.MoveAsync(steps.Held, made, operation.Tree, operation.Head, force: true, [.. operation.Conflicts.Select(static c => c.Conflict.Path)], null, progress, cancellationToken);

    private Task<OperationResult> RunAsync(UnfinishedOperation operation, MadeObjects made, OperationSteps steps, CancellationToken cancellationToken) =>
        new OperationRunner(clone, workingCopy, objects, committer, progress).RunAsync(
            made, steps, operation, steps.Find(operation.Head.Commit!.Value).Tree, cancellationToken);

    // Null: nothing is left of the commit. Files stay as they are; dirstate and HEAD are brought to them.
    private async Task<(UnfinishedOperation? Next, int Commits)> CommitAsync(
        UnfinishedOperation operation, MadeObjects made, OperationSteps steps, byte[]? message, CancellationToken cancellationToken)
    {
        CommitNode head = steps.Find(operation.Head.Commit!.Value);
        CommitNode current = steps.Find(operation.Current!.Value);
        (ObjectId tree, IReadOnlyDictionary<byte[], RecordedStat?> stats) = await WriteTreeAsync(operation, made, cancellationToken);
        bool isEmpty = operation.Kind != OperationKind.Merge && tree == head.Tree;
        if (isEmpty && operation.Kind != OperationKind.Rebase)
        {
            return (null, 0);
        }

        CommitRow row = new(clone, made, committer, operation.Kind, operation.RecordsOrigin);
        row.Begin(head.Id, head.Tree);
        if (!isEmpty)
        {
            bool isMerge = operation.Kind == OperationKind.Merge;
            bool isCopy = operation.Kind is OperationKind.CherryPick or OperationKind.Rebase;
            row.Add(
                tree,
                isMerge ? [head.Id, current.Id] : [head.Id],
                isCopy ? CommitBody.AuthorOf(clone.History.Read(current.Position)) : null,
                message ?? operation.Message,
                isMerge ? [head.Tree, current.Tree] : [head.Tree]);
            await new CommitKeeper(clone, made).PromiseAsync(row.Commits, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        UnfinishedOperation next = operation with
        {
            Head = operation.Head with { Commit = row.Tip },
            Tree = tree,
            Current = null,
            Conflicts = [],
            Message = [],
            IsEnd = operation.Kind != OperationKind.Rebase && operation.Todo.Count == 0,
        };
        workingCopy.Unfinished.Announce(next);
        await workingCopy.RecordAsync(made, tree, stats, next.Head, CancellationToken.None);
        return (next, row.Commits.Count);
    }

    private async Task<(ObjectId Tree, IReadOnlyDictionary<byte[], RecordedStat?> Stats)> WriteTreeAsync(
        UnfinishedOperation operation, MadeObjects made, CancellationToken cancellationToken)
    {
        using DirstateFile dirstate = workingCopy.OpenDirstate() ?? throw new CorruptHistoryException("The dirstate is missing; 'mr checkout --force HEAD' writes it anew.");
        using IWorkingFiles files = workingCopy.OpenFiles();
        StatusResult status = await workingCopy.FindChangesAsync(dirstate.Reader, cancellationToken);
        ResolvedTree resolved = new(made, files, dirstate.Reader);
        return (await resolved.WriteAsync(status, operation.Conflicts.Select(static c => c.Conflict), cancellationToken), resolved.Stats);
    }

    private async Task<OperationResult> ResumeAsync(
        OperationKind kind, Func<UnfinishedOperation, MadeObjects, OperationSteps, Task<OperationResult>> work, CancellationToken cancellationToken)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        await workingCopy.PrepareAsync(objects, cancellationToken);
        if (workingCopy.Unfinished.Load() is not { } operation || operation.Kind != kind)
        {
            return OperationResult.Of(OperationOutcome.NothingUnfinished, clone.Head);
        }

        MadeObjects made = new(objects);
        return await work(operation, made, new OperationSteps(held, clone, workingCopy, made, committer, progress));
    }
}
