namespace Monorepo.Import;

/// <summary>What the importer is doing.</summary>
public enum ImportPhase
{
    /// <summary>git fetches a bundle or URL into a mirror; <see cref="ImportProgress.Detail"/> is git's own line.</summary>
    Fetching,

    /// <summary>Finding the commits that the target lacks.</summary>
    Listing,

    /// <summary>Writing objects and commits.</summary>
    Writing,

    /// <summary>Changing the refs.</summary>
    UpdatingRefs,

    /// <summary>Building the index of paths; the refs are visible already.</summary>
    Indexing,
}

/// <summary>How far an import is. Reported at least after each written batch.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="CommitsDone">Commits durably in the log, of <paramref name="CommitsTotal"/>; while indexing, those the index has.</param>
/// <param name="CommitsTotal">Commits that the target lacked at the start; 0 until they are listed.</param>
/// <param name="Objects">Objects written, commits included.</param>
/// <param name="Bytes">Bytes of those objects before compression.</param>
/// <param name="Detail">A line for people, or null.</param>
public readonly record struct ImportProgress(
    ImportPhase Phase, long CommitsDone, long CommitsTotal, long Objects, long Bytes, string? Detail = null);
