namespace Monorepo.Peers.Generating;

/// <summary>What a generated history looks like. The same shape gives the same commit ids, on any machine.</summary>
/// <param name="Files">Files in the first commit, and from then on.</param>
/// <param name="Commits">All commits, about one in ten of them a merge.</param>
/// <param name="Changes">Files that a commit changes some lines of; merges change none of their own.</param>
/// <param name="Seed">Of everything that looks random.</param>
internal sealed record HistoryShape(int Files, int Commits, int Changes, int Seed)
{
    public const int FilesMax = 2_000_000;
    public const int CommitsMax = 2_000_000;
    public const int ChangesMax = 1_000;

    /// <summary>Folders are deep and there is much to walk, but little to check out.</summary>
    public static HistoryShape CommitHeavy { get; } = new(Files: 1_000, Commits: 200_000, Changes: 2, Seed: 1);

    public static HistoryShape FileHeavy { get; } = new(Files: 200_000, Commits: 20_000, Changes: 4, Seed: 1);

    /// <summary>Many files and a long history.</summary>
    public static HistoryShape Monorepo { get; } = new(Files: 200_000, Commits: 50_000, Changes: 2, Seed: 1);

    /// <summary>The same forms in seconds.</summary>
    public static HistoryShape QuickCommitHeavy { get; } = new(Files: 300, Commits: 10_000, Changes: 2, Seed: 1);

    public static HistoryShape QuickFileHeavy { get; } = new(Files: 5_000, Commits: 1_000, Changes: 4, Seed: 1);

    /// <summary>Checked out in a fraction of a second.</summary>
    public static HistoryShape QuickCheckout { get; } = new(Files: 300, Commits: 300, Changes: 2, Seed: 1);

    /// <summary>For a file name.</summary>
    public string Key => $"generated-{GeneratedHistory.Version}-f{Files}-c{Commits}-h{Changes}-s{Seed}";

    public override string ToString() => $"generated: {Files:N0} files, {Commits:N0} commits, {Changes} changes a commit, seed {Seed}";
}
