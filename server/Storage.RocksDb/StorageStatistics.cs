namespace Monorepo.Storage.RocksDb;

/// <summary>Native memory of the engine now.</summary>
/// <param name="BlockCacheBytesMax">The block cache's hard limit.</param>
/// <param name="BlockCacheBytes">What it holds.</param>
/// <param name="BlockCachePinnedBytes">The part of it that reads in progress hold.</param>
/// <param name="MemtableBytesMax">Where memtables are flushed.</param>
/// <param name="MemtableBytes">What they hold.</param>
/// <param name="TableReaderBytes">Readers of open files, an estimate.</param>
public readonly record struct StorageMemoryUsage(
    long BlockCacheBytesMax, long BlockCacheBytes, long BlockCachePinnedBytes, long MemtableBytesMax, long MemtableBytes, long TableReaderBytes)
{
    /// <summary>All of it together.</summary>
    public long TotalBytes => BlockCacheBytes + MemtableBytes + TableReaderBytes;
}

/// <summary>One column family now; the numbers are RocksDB's estimates.</summary>
/// <param name="Name">As in FORMAT.md.</param>
/// <param name="Keys">Live keys; deletions not yet compacted make it wrong.</param>
/// <param name="TableFileBytes">On disk in tables.</param>
/// <param name="BlobFileBytes">On disk in blob files, dead values included.</param>
/// <param name="CompactionPendingBytes">What compaction has yet to rewrite.</param>
public readonly record struct ColumnFamilyStatistics(
    string Name, long Keys, long TableFileBytes, long BlobFileBytes, long CompactionPendingBytes);

/// <summary>The engine's state for operators.</summary>
/// <param name="Memory">Native memory.</param>
/// <param name="ColumnFamilies">In the order of FORMAT.md.</param>
/// <param name="BackgroundErrors">Failed flushes and compactions since the open; above zero means someone must act.</param>
/// <param name="IsWriteStopped">Writers wait for compaction.</param>
/// <param name="ObjectReads">Objects looked for since the open, with their bodies or without; only grows.</param>
public sealed record StorageStatistics(
    StorageMemoryUsage Memory, IReadOnlyList<ColumnFamilyStatistics> ColumnFamilies, long BackgroundErrors, bool IsWriteStopped, long ObjectReads);
