using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Commits;

namespace Monorepo.Workspace.Stashing;

/// <summary>What is to be put aside.</summary>
/// <param name="Message">Null: git's words for the commit that is checked out.</param>
/// <param name="Author">Who does it, and when.</param>
/// <param name="IncludesUntracked">Also files that no commit has, unless they are ignored.</param>
/// <param name="Paths">Only what is at or below these, relative to the working copy's top; null: everything.</param>
public sealed record StashRequest(string? Message, Signature Author, bool IncludesUntracked, IReadOnlyList<byte[]>? Paths);

public enum StashOutcome
{
    Done,

    /// <summary>Nothing is changed, at least not at the paths named.</summary>
    NothingChanged,

    /// <summary>Nothing is checked out, so there is nothing that a stash could start from.</summary>
    NothingCheckedOut,

    /// <summary>There is no stash of that number.</summary>
    NoSuchStash,

    /// <summary>Commits made since conflict with the stash: <see cref="StashResult.Paths"/>.</summary>
    NeedsMerge,

    /// <summary>Files have changes that would be lost: <see cref="StashResult.Checkout"/> names them.</summary>
    InTheWay,
}

/// <param name="Outcome">Unless it is <see cref="StashOutcome.Done"/>, nothing was changed.</param>
/// <param name="Stash">The stash it is about; null where there is none.</param>
/// <param name="Checkout">What became of the files.</param>
/// <param name="Paths">For <see cref="StashOutcome.NeedsMerge"/>.</param>
public sealed record StashResult(StashOutcome Outcome, Stash? Stash = null, CheckoutResult? Checkout = null, IReadOnlyList<byte[]>? Paths = null);
