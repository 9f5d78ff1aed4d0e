using Monorepo.Core;
using Monorepo.Workspace.Checkout;

namespace Monorepo.Workspace.Operations;

public enum UndoOutcome
{
    /// <summary>The clone is as it was before the operation, or after it again.</summary>
    Done,

    /// <summary>No operation is left to undo, or none was undone since the last other one.</summary>
    Nothing,

    /// <summary>The log has no operation of that number.</summary>
    NoSuchOperation,

    /// <summary>It was undone before, or it is itself an undo.</summary>
    AlreadyUndone,

    /// <summary>The server has accepted it.</summary>
    Published,

    /// <summary>Another working copy of the clone did it, or has a branch checked out that it would move.</summary>
    Elsewhere,

    /// <summary>What it changed was changed again since, by <see cref="UndoResult.By"/>.</summary>
    ChangedSince,

    /// <summary>Before it nothing was checked out.</summary>
    FirstCheckout,

    /// <summary>A commit or stash that it would go back to is not here any more.</summary>
    CommitGone,

    /// <summary>Files of the working copy have changes that would be lost: <see cref="UndoResult.Checkout"/> names them.</summary>
    InTheWay,
}

/// <summary>What came of an undo or redo.</summary>
/// <param name="Outcome">Unless it is <see cref="UndoOutcome.Done"/>, nothing was changed.</param>
/// <param name="Operation">The operation; null where there is none.</param>
/// <param name="By">For <see cref="UndoOutcome.ChangedSince"/>: the operation that is to be undone first.</param>
/// <param name="Checkout">What became of the files; null where none was touched.</param>
/// <param name="Missing">For <see cref="UndoOutcome.CommitGone"/>.</param>
public sealed record UndoResult(UndoOutcome Outcome, Operation? Operation, Operation? By = null, CheckoutResult? Checkout = null, ObjectId? Missing = null);
