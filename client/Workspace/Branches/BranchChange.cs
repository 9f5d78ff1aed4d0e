using Monorepo.Core;

namespace Monorepo.Workspace.Branches;

public enum BranchOutcome
{
    Done,

    /// <summary>There is one of that name already.</summary>
    Exists,

    /// <summary>There is one whose name is a folder of the other's.</summary>
    Clashes,

    /// <summary>There is none of that name.</summary>
    NotFound,

    /// <summary>Only the server has it: it is changed by a push.</summary>
    OnServer,

    /// <summary>It is checked out.</summary>
    CheckedOut,

    /// <summary>It has local commits that nothing else has.</summary>
    Unmerged,
}

/// <param name="Outcome">Unless it is done, nothing was.</param>
/// <param name="Name">The branch or tag, or for <see cref="BranchOutcome.Clashes"/> the one in the way.</param>
/// <param name="Target">What it names, or named; null where that is nothing.</param>
/// <param name="IsOnServer">The server has one of its name.</param>
public readonly record struct BranchChange(BranchOutcome Outcome, RefName Name, ObjectId? Target = null, bool IsOnServer = false);
