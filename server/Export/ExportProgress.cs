namespace Monorepo.Export;

/// <summary>How far an export is.</summary>
/// <param name="CommitsDone">Commits that were looked at, of <paramref name="CommitsTotal"/>.</param>
/// <param name="CommitsTotal">Commits of the log.</param>
/// <param name="Objects">Objects that git has taken.</param>
/// <param name="Bytes">Bytes of those objects before compression.</param>
public readonly record struct ExportProgress(long CommitsDone, long CommitsTotal, long Objects, long Bytes);

/// <summary>What an export did.</summary>
/// <param name="Commits">Commits of the log; all are in the git repository now.</param>
/// <param name="Objects">Objects that it did not have.</param>
/// <param name="Bytes">Bytes of those objects before compression.</param>
/// <param name="Refs">Refs that it has now.</param>
public sealed record ExportResult(long Commits, long Objects, long Bytes, int Refs);
