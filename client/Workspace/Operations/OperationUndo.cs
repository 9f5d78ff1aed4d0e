using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.WorkingCopies;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// Takes operations back, and undone ones up again. HEAD and the working copy move by one journalled checkout; other refs follow in one batch. An undo that is killed is finished by the
/// next command, or is an interrupted operation that can be undone like others. Not thread-safe.
/// </summary>
/// <param name="clone">Stays the caller's.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Where trees and contents come from.</param>
public sealed class OperationUndo(Clone clone, WorkingCopy workingCopy, IObjectSource objects)
{
    /// <summary>Undoes an operation: all it changed becomes what it was before.</summary>
    /// <param name="number">Null: the last that is not undone.</param>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files; the next command goes on.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<UndoResult> UndoAsync(long? number, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = await TakeAsync(cancellationToken);
        OperationLog log = held.OpenOperations();
        Operation? operation = number is { } named ? log.Find(named) : log.NextToUndo;
        if (operation is null)
        {
            return new UndoResult(number is null ? UndoOutcome.Nothing : UndoOutcome.NoSuchOperation, null);
        }

        if (operation.Relation != OperationRelation.None || log.Undone().Contains(operation.Number))
        {
            return new UndoResult(UndoOutcome.AlreadyUndone, operation);
        }

        held.Is(OperationRelation.Undo, operation.Number);
        return Settle(held, await MoveAsync(held, log, operation, isUndo: true, progress, cancellationToken));
    }

    /// <summary>Takes back the last undo, as long as no other operation came after it.</summary>
    /// <param name="progress">Told after each file.</param>
    /// <param name="cancellationToken">Stops between two files; the next command goes on.</param>
    /// <exception cref="CloneException">Another command holds the lock, or a checkout was cut and must be finished first.</exception>
    public async Task<UndoResult> RedoAsync(IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        using CloneLock held = await TakeAsync(cancellationToken);
        OperationLog log = held.OpenOperations();
        if (log.NextToRedo is not { } operation)
        {
            return new UndoResult(UndoOutcome.Nothing, null);
        }

        held.Is(OperationRelation.Redo, operation.Number);
        return Settle(held, await MoveAsync(held, log, operation, isUndo: false, progress, cancellationToken));
    }

    // What was refused is no operation.
    private static UndoResult Settle(CloneLock held, UndoResult result)
    {
        if (result.Outcome != UndoOutcome.Done)
        {
            held.Is(OperationRelation.None, 0);
        }

        return result;
    }

    private async Task<CloneLock> TakeAsync(CancellationToken cancellationToken)
    {
        CloneLock held = CloneLock.Take(clone.Paths);
        try
        {
            clone.Refresh();
            if (workingCopy.Interrupted is not null)
            {
                throw new CloneException(CloneError.Locked, "A checkout was interrupted; it must be finished before an undo.");
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

    private async Task<UndoResult> MoveAsync(
        CloneLock held, OperationLog log, Operation operation, bool isUndo, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        OperationState current = log.State!;
        StateChange change = isUndo ? operation.Change.Inverse() : operation.Change;
        OperationState target = current.With(change);
        if (FindObstacle(log, operation, change, current, target) is { } obstacle)
        {
            return obstacle;
        }

        CheckoutResult? moved = await MoveFilesAsync(held, operation, isUndo, current, target, progress, cancellationToken);
        if (moved is { IsDone: false })
        {
            return new UndoResult(UndoOutcome.InTheWay, operation, Checkout: moved);
        }

        if (moved is null && current.Head != target.Head)
        {
            clone.SetHead(target.Head);
        }

        SetRefs(current, target);
        SetFiles(change);
        return new UndoResult(UndoOutcome.Done, operation, Checkout: moved);
    }

    private UndoResult? FindObstacle(OperationLog log, Operation operation, StateChange change, OperationState current, OperationState target)
    {
        bool isSent = log.Operations.Any(o => o.Number > operation.Number && o.Has(OperationTraits.Published)) && operation.Change.Refs.Any(m => m.New is { } id && clone.ServerHas(m.Name, id));
        if (operation.Has(OperationTraits.Published) || isSent)
        {
            return new UndoResult(UndoOutcome.Published, operation);
        }

        bool isHeld = WorktreeList.Others(clone.Paths).Any(w => change.Refs.Any(m => w.Holds(m.Name)) || (change.Head is not null && target.Head.Branch is { } branch && w.Holds(branch)));
        if (operation.Has(OperationTraits.Elsewhere) || isHeld)
        {
            return new UndoResult(UndoOutcome.Elsewhere, operation);
        }

        if (!change.StartsAt(current))
        {
            return new UndoResult(UndoOutcome.ChangedSince, operation, By: log.Operations.LastOrDefault(o => o.Number > operation.Number && o.Change.Touches(change)));
        }

        if ((change.Head is not null && target.Head.Commit is null) || (change.Tree is not null && target.Tree is null))
        {
            return new UndoResult(UndoOutcome.FirstCheckout, operation);
        }

        IEnumerable<ObjectId> wanted = change.Refs.Where(m => m.New is not null && !StashRef.IsStash(m.Name)).Select(m => m.New!.Value);
        if (change.Head is not null)
        {
            wanted = wanted.Append(target.Head.Commit!.Value);
        }

        foreach (StateFileChange file in change.Files.Where(static f => f.Name == OperationFiles.FileName && f.New is not null))
        {
            wanted = wanted.Concat(OperationFiles.FindNamed(OperationText.Parse(file.Name, file.New!.Value.ToArray())));
        }

        foreach (ObjectId id in wanted)
        {
            if (!clone.History.Contains(id) && !clone.Local.Contains(id))
            {
                return new UndoResult(UndoOutcome.CommitGone, operation, Missing: id);
            }
        }

        using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
        foreach (ObjectId id in change.Refs.Where(m => m.New is not null && StashRef.IsStash(m.Name)).Select(m => m.New!.Value).Concat(operation.Discarded).Concat(operation.PutBack))
        {
            if (!kept.Contains(id))
            {
                return new UndoResult(UndoOutcome.CommitGone, operation, Missing: id);
            }
        }

        return null;
    }

    // Null: no file and no recorded tree was to be moved.
    private async Task<CheckoutResult?> MoveFilesAsync(
        CloneLock held, Operation operation, bool isUndo, OperationState current, OperationState target, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        bool movesTree = current.Tree != target.Tree;
        bool movesFiles = movesTree && operation.Has(OperationTraits.MovesFiles);
        CheckoutJournal announced = movesFiles
            ? await workingCopy.AnnounceAsync(objects, target.Tree!.Value, target.Head, force: false, [], cancellationToken)
            : workingCopy.AnnounceHere(target.Tree ?? ObjectId.Null) with { Head = target.Head };
        CheckoutJournal journal = announced with
        {
            Restore = isUndo ? operation.Discarded : operation.PutBack,
            Discard = isUndo ? operation.PutBack : operation.Discarded,
        };
        bool hasKept = target.Tree is not null && journal.Restore.Count + journal.Discard.Count > 0;
        if (movesFiles)
        {
            return await workingCopy.RunAsync(held, objects, journal, [], progress, cancellationToken);
        }

        // Files first: they may be refused, what is recorded of them never is.
        CheckoutResult? result = null;
        if (hasKept)
        {
            CheckoutJournal files = movesTree ? journal with { Tree = current.Tree!.Value, Head = current.Head } : journal;
            result = await workingCopy.RunAsync(held, objects, files, [], progress, cancellationToken);
        }

        return movesTree && result is not { IsDone: false }
            ? await workingCopy.RunAsync(held, objects, announced with { KeepsFiles = true }, [], progress, cancellationToken)
            : result;
    }

    // Also undoes what moving HEAD did to its branch beyond the state that is wanted.
    private void SetRefs(OperationState current, OperationState target)
    {
        List<(RefName, ObjectId?)> local = [];
        List<(RefName, ObjectId?)> stashes = [];
        foreach (RefName name in current.Refs.Keys.Union(target.Refs.Keys))
        {
            ObjectId? wanted = target.Refs.TryGetValue(name, out ObjectId to) ? to : null;
            if (StashRef.IsStash(name))
            {
                if (wanted != (current.Refs.TryGetValue(name, out ObjectId from) ? from : null))
                {
                    stashes.Add((name, wanted));
                }
            }
            else if (wanted != (clone.Local.Refs.TryGetValue(name, out ObjectId now) ? now : null))
            {
                local.Add((name, wanted));
            }
        }

        if (local.Count > 0)
        {
            clone.Local.SetRefs(local);
        }

        if (stashes.Count > 0)
        {
            using LocalStore kept = LocalStore.Open(clone.Paths.Kept);
            kept.SetRefs(stashes);
        }
    }

    private void SetFiles(StateChange change)
    {
        foreach (StateFileChange file in change.Files.Where(static f => f.Name != UnfinishedWork.CheckoutJournal))
        {
            string path = Path.Combine(clone.Paths.State, file.Name);
            if (file.New is { } content)
            {
                DurableFile.Replace(path, content.Span);
            }
            else
            {
                File.Delete(path);
            }
        }
    }
}
