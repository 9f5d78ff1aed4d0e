namespace Monorepo.Workspace.Tracking;

public enum AddOutcome
{
    Done,

    /// <summary>A path named is nowhere; nothing was done.</summary>
    NoSuchPath,

    /// <summary>Paths named are ignored; nothing was done.</summary>
    Ignored,

    /// <summary>Nothing is checked out.</summary>
    NothingCheckedOut,
}

/// <param name="Outcome">What came of it.</param>
/// <param name="Paths">Added, or for the other outcomes those that stand in the way.</param>
/// <param name="Repositories">Folders that are repositories of their own: left out.</param>
public sealed record AddResult(AddOutcome Outcome, IReadOnlyList<byte[]> Paths, IReadOnlyList<byte[]> Repositories);
