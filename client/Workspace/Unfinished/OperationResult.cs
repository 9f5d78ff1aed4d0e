using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;

namespace Monorepo.Workspace.Unfinished;

public enum OperationOutcome
{
    /// <summary>All of it is done.</summary>
    Done,

    /// <summary>There was nothing to do.</summary>
    UpToDate,

    /// <summary>The branch went forward to a commit that was there already.</summary>
    FastForwarded,

    /// <summary>It waits for the user to resolve conflicts.</summary>
    Stopped,

    /// <summary>It waits for the user: a commit changes nothing here.</summary>
    StoppedEmpty,

    /// <summary>Changes that are not committed stand in the way; nothing was changed.</summary>
    Refused,

    /// <summary>Only a fast-forward was allowed, and it is none. Nothing was changed.</summary>
    NotFastForward,

    /// <summary>The two have no commit in common. Nothing was changed.</summary>
    Unrelated,

    /// <summary>Conflicts are open yet. Nothing was changed.</summary>
    ConflictsOpen,

    /// <summary>No operation of that kind waits.</summary>
    NothingUnfinished,

    /// <summary>Nothing was ever checked out.</summary>
    NothingCheckedOut,
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Head">What is checked out now.</param>
/// <param name="Notes">What is to be told of files and commits.</param>
/// <param name="Conflicts">Open ones.</param>
/// <param name="Checkout">Of the working copy; for <see cref="OperationOutcome.Refused"/> it says what stands in the way.</param>
/// <param name="Commits">Made.</param>
/// <param name="Current">The commit it stopped at.</param>
public sealed record OperationResult(
    OperationOutcome Outcome,
    HeadState Head,
    IReadOnlyList<string> Notes,
    IReadOnlyList<MergeConflict> Conflicts,
    CheckoutResult? Checkout = null,
    int Commits = 0,
    ObjectId? Current = null)
{
    internal static OperationResult Of(OperationOutcome outcome, HeadState head) => new(outcome, head, [], []);
}
