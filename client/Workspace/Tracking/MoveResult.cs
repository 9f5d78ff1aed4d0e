namespace Monorepo.Workspace.Tracking;

public enum MoveOutcome
{
    Done,

    /// <summary>The source is not there.</summary>
    NoSource,

    /// <summary>Nothing of the source is tracked.</summary>
    NotTracked,

    /// <summary>Something is where the source would go.</summary>
    DestinationExists,

    /// <summary>Several sources need a folder to go to; or the folder that one goes to is not there.</summary>
    NoFolder,

    /// <summary>A folder can't go into itself.</summary>
    IntoItself,
}

/// <param name="Outcome">Unless it is done, nothing was.</param>
/// <param name="Moves">What went where, or for the other outcomes the one that can't.</param>
public sealed record MoveResult(MoveOutcome Outcome, IReadOnlyList<(byte[] From, byte[] To)> Moves);
