using Monorepo.Formats.History;

namespace Monorepo.Storage.RocksDb;

/// <summary>Where the database is and what it may use.</summary>
public sealed record RocksDbEngineOptions
{
    /// <summary>The smallest <see cref="MemoryBytes"/>; below it writers stall on tiny memtables.</summary>
    public const long MemoryBytesMin = 32L << 20;

    /// <summary>The directory of the database; made when it is absent.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// The budget for RocksDB's native memory: two thirds are the block cache (a hard limit), one third the memtables (RocksDB flushes at
    /// the limit and may pass it by the batch being written). On top come the readers of open tables, about 3 bytes for each object and 0.2%
    /// of the table files (<see cref="StorageMemoryUsage.TableReaderBytes"/>), and values in batches that callers have not disposed yet.
    /// </summary>
    public long MemoryBytes { get; init; } = 384L << 20;

    /// <summary>Table and blob files kept open, each with a reader of some KiB.</summary>
    public int OpenFilesMax { get; init; } = 4_096;

    /// <summary>Threads for flushes and compactions.</summary>
    public int BackgroundJobsMax { get; init; } = 4;

    /// <summary>Commits a segment of the log is sealed at; fewer than the default for tests.</summary>
    public int SegmentCommits { get; init; } = SegmentFormat.CommitsPerSegment;

    internal long BlockCacheBytes => MemoryBytes / 3 * 2;

    internal long WriteBufferBytes => MemoryBytes / 3;
}
