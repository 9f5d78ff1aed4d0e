using Monorepo.Core;

namespace Monorepo.Workspace.Operations;

[Flags]
public enum OperationTraits
{
    None = 0,

    /// <summary>It moved the files of the working copy from one tree to another: undo moves them back. Otherwise files stay as they are.</summary>
    MovesFiles = 1,

    /// <summary>The server has accepted it, so it can't be undone.</summary>
    Published = 2,

    /// <summary>It was killed, or something else changed the clone without recording it: what is known was seen by a later command.</summary>
    Interrupted = 4,

    /// <summary>Some content it overwrote was too large to be kept: undo can't bring that back.</summary>
    LosesContent = 8,

    /// <summary>Another working copy of the clone did it: it is no more undone from here.</summary>
    Elsewhere = 16,
}

public enum OperationRelation
{
    None,

    /// <summary>It undid another operation.</summary>
    Undo,

    /// <summary>It took back the undo of another operation.</summary>
    Redo,
}

/// <summary>A command's change of the clone.</summary>
/// <param name="Number">From 1 on, in order.</param>
/// <param name="TimeMs">When it ended, in ms since 1970.</param>
/// <param name="Command">The command line.</param>
public sealed record Operation(long Number, long TimeMs, string Command)
{
    public OperationTraits Traits { get; init; }

    public OperationRelation Relation { get; init; }

    /// <summary>The operation that was undone or redone; 0: none.</summary>
    public long Target { get; init; }

    /// <summary>The run of the command, which may take the lock several times.</summary>
    public Guid Token { get; init; }

    /// <summary>Contents that it overwrote though they were saved nowhere: commits that <see cref="KeptFiles"/> reads. The earliest first.</summary>
    public IReadOnlyList<ObjectId> Discarded { get; init; } = [];

    /// <summary>Contents that it put into the working copy as edits, which no commit has: commits that <see cref="KeptFiles"/> reads.</summary>
    public IReadOnlyList<ObjectId> PutBack { get; init; } = [];

    public OperationState Before { get; init; } = OperationState.Empty;

    public OperationState After { get; init; } = OperationState.Empty;

    public StateChange Change => StateChange.Between(Before, After);

    public bool Has(OperationTraits trait) => (Traits & trait) != OperationTraits.None;

    /// <summary>As one operation with what followed in the same run, or finished what was cut.</summary>
    internal Operation Then(Operation later) => this with
    {
        TimeMs = later.TimeMs,
        Command = Command == later.Command || Has(OperationTraits.Interrupted) ? Command : later.Command,
        Traits = Traits | later.Traits,
        Relation = later.Relation == OperationRelation.None ? Relation : later.Relation,
        Target = later.Relation == OperationRelation.None ? Target : later.Target,
        Discarded = [.. Discarded.Union(later.Discarded)],
        PutBack = [.. PutBack.Union(later.PutBack)],
        After = later.After,
    };
}
