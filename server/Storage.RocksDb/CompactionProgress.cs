namespace Monorepo.Storage.RocksDb;

/// <summary>How far a compaction is.</summary>
/// <param name="Step">What it is doing: a repository or a column family.</param>
/// <param name="Fraction">Of the whole, from 0 to 1; a guess.</param>
/// <param name="ClustersFolded">Small clusters that went into others.</param>
/// <param name="ClustersMade">The clusters that they went into.</param>
public readonly record struct CompactionProgress(string Step, double Fraction, long ClustersFolded, long ClustersMade);
