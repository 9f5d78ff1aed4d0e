namespace Monorepo.Peers.Repositories;

/// <summary>What a generated history looks like. The same shape gives the same commit ids, on any machine.</summary>
/// <param name="Files">Files in the first commit, and from then on; 50 a folder, two levels of folders.</param>
/// <param name="Commits">Commits on one line.</param>
/// <param name="ChangesPerCommit">Files that each commit after the first rewrites one line of.</param>
/// <param name="LinesPerFile">Lines of some 40 bytes.</param>
/// <param name="Seed">Of the choice of files and lines.</param>
internal sealed record HistoryShape(int Files, int Commits, int ChangesPerCommit, int LinesPerFile, int Seed)
{
    /// <summary>Written in seconds.</summary>
    public static HistoryShape Quick { get; } = new(Files: 2_000, Commits: 1_000, ChangesPerCommit: 4, LinesPerFile: 40, Seed: 1);

    public static HistoryShape Full { get; } = new(Files: 20_000, Commits: 10_000, ChangesPerCommit: 4, LinesPerFile: 60, Seed: 1);

    public override string ToString() =>
        $"generated: {Files:N0} files, {Commits:N0} commits, {ChangesPerCommit} changes a commit, {LinesPerFile} lines a file, seed {Seed}";
}
