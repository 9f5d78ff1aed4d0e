namespace Monorepo.Workspace.Checkout;

/// <summary>Why a path stands in a checkout's way.</summary>
public enum CheckoutConflictReason
{
    /// <summary>A tracked file that the checkout changes was changed in the working copy too.</summary>
    Modified,

    /// <summary>An untracked file lies where the checkout puts one, or inside a directory that must make room.</summary>
    Untracked,

    /// <summary>The tree names a path that no checkout may write: <c>..</c>, <c>.git</c>, <c>.mr</c>, or a name the file system can't hold.</summary>
    UnsafePath,
}

/// <summary>A path that would lose what is not saved anywhere, or must not be written at all.</summary>
public readonly record struct CheckoutConflict(byte[] Path, CheckoutConflictReason Reason);

/// <summary>What a checkout did.</summary>
/// <param name="FilesWritten">Files, links and submodule directories made or replaced.</param>
/// <param name="FilesRemoved">Paths removed.</param>
/// <param name="BytesWritten">Contents written.</param>
/// <param name="Conflicts">Not empty: nothing was changed.</param>
public sealed record CheckoutResult(int FilesWritten, int FilesRemoved, long BytesWritten, IReadOnlyList<CheckoutConflict> Conflicts)
{
    public bool IsDone => Conflicts.Count == 0;

    /// <summary>Ignore files were written or removed: what was untracked may be ignored now, and the other way.</summary>
    public bool ChangedIgnoreRules { get; init; }

    /// <summary>Files that were overwritten by force and are too large to be kept for undo.</summary>
    public IReadOnlyList<Operations.NotKeptFile> NotKept { get; init; } = [];
}

/// <summary>How far a checkout is.</summary>
public readonly record struct CheckoutProgress(int FilesDone, int FilesTotal, long BytesWritten);
