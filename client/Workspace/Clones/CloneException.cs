namespace Monorepo.Workspace.Clones;

/// <summary>Why a clone can't be made, opened or changed.</summary>
public enum CloneError
{
    /// <summary>Neither the directory nor any above it is a clone.</summary>
    NotAClone,

    /// <summary>The directory to clone into holds something.</summary>
    NotEmpty,

    /// <summary>The clone's first download did not finish. Cloning again into the same directory continues it.</summary>
    Incomplete,

    /// <summary>Another command is changing the clone.</summary>
    Locked,

    /// <summary>The branch is checked out in another working copy of the clone.</summary>
    CheckedOutElsewhere,

    /// <summary>A merge or the like waits for the user to finish it; this would mix with it.</summary>
    Unfinished,

    /// <summary>A newer or older program made it.</summary>
    OtherVersion,

    /// <summary>Its files are missing or damaged.</summary>
    Damaged,

    /// <summary>The server's history was rebuilt: positions mean nothing any more. Clone again.</summary>
    HistoryRebuilt,

    /// <summary>The server has no branch, tag or commit of that name.</summary>
    RevisionUnknown,

    /// <summary>More commits are new than a shallow clone takes one by one.</summary>
    TooFarBehind,

    /// <summary>The clone has the whole history already.</summary>
    NotShallow,
}

/// <summary>Decide by <see cref="Error"/>, not by the text.</summary>
public sealed class CloneException(CloneError error, string message, Exception? inner = null) : IOException(message, inner)
{
    public CloneError Error { get; } = error;
}
