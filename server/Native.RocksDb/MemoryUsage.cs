namespace Monorepo.Native.RocksDb;

/// <summary>Native memory of one database outside the block cache, as RocksDB estimates it.</summary>
/// <param name="MemtableBytes">All memtables, those that wait for readers or a flush included.</param>
/// <param name="UnflushedMemtableBytes">The part of it not yet in table files.</param>
/// <param name="TableReaderBytes">Readers of open tables, without what lives in the block cache.</param>
public readonly record struct MemoryUsage(long MemtableBytes, long UnflushedMemtableBytes, long TableReaderBytes);
