namespace Monorepo.Workspace.Tracking;

public enum RemoveOutcome
{
    Done,

    /// <summary>Nothing tracked is at a path named.</summary>
    NotTracked,

    /// <summary>A path named is a folder.</summary>
    IsFolder,

    /// <summary>Files differ from the commit: their changes would be lost.</summary>
    Modified,

    /// <summary>Files are in no commit: they would be lost.</summary>
    Added,
}

/// <param name="Outcome">Unless it is done, nothing was.</param>
/// <param name="Paths">Removed, or for the other outcomes those that stand in the way.</param>
public sealed record RemoveResult(RemoveOutcome Outcome, IReadOnlyList<byte[]> Paths);
