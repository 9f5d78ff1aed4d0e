using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;

namespace Monorepo.Workspace.Unfinished;

public enum OperationKind
{
    Merge,
    CherryPick,
    Revert,
    Rebase,
}

/// <summary>A conflict, and whether the user has said that it is resolved.</summary>
public sealed record OpenConflict(MergeConflict Conflict, bool IsResolved);

/// <summary>
/// A merge, or a row of commits on their way elsewhere, that stopped for the user to decide something. It is in force as long as HEAD and the dirstate are what it
/// says. Immutable.
/// </summary>
public sealed record UnfinishedOperation
{
    public required OperationKind Kind { get; init; }

    /// <summary>What was checked out before: where <c>--abort</c> goes back to.</summary>
    public required HeadState Original { get; init; }

    /// <summary>What is checked out while it is stopped.</summary>
    public required HeadState Head { get; init; }

    /// <summary>The tree of the working copy as the merge left it, markers included.</summary>
    public required ObjectId Tree { get; init; }

    /// <summary>The local commit that keeps that tree's objects; null where nothing was made for it.</summary>
    public ObjectId? Snapshot { get; init; }

    /// <summary>The commit that is being merged, picked, reverted or rebased; null: the next one is to begin.</summary>
    public ObjectId? Current { get; init; }

    /// <summary>The commits after it, first one first.</summary>
    public IReadOnlyList<ObjectId> Todo { get; init; } = [];

    /// <summary>The message of the commit to come.</summary>
    public byte[] Message { get; init; } = [];

    /// <summary>Picked commits say where they come from (<c>-x</c>).</summary>
    public bool RecordsOrigin { get; init; }

    public IReadOnlyList<OpenConflict> Conflicts { get; init; } = [];

    /// <summary>Nothing is unfinished any more once this is in force.</summary>
    public bool IsEnd { get; init; }

    public IEnumerable<MergeConflict> Open => Conflicts.Where(static c => !c.IsResolved).Select(static c => c.Conflict);

    /// <summary>The command's name.</summary>
    public string Command => NameOf(Kind);

    public static string NameOf(OperationKind kind) => kind switch
    {
        OperationKind.Merge => "merge",
        OperationKind.CherryPick => "cherry-pick",
        OperationKind.Revert => "revert",
        _ => "rebase",
    };
}
