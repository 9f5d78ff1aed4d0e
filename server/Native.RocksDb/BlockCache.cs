using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// A block cache with a hard limit, to be shared by column families. When pinned blocks fill it, a read that needs another block fails with
/// <see cref="RocksDbErrorKind.MemoryLimit"/> instead of growing the process. The limit holds for each of its shards (2 to 64, at
/// least 512 KiB each), so a block larger than a shard never fits. Thread-safe. May be disposed before the databases that use it.
/// </summary>
public sealed class BlockCache : IDisposable
{
    /// <param name="capacityBytes">The limit; above zero.</param>
    public BlockCache(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        Handle = NativeMethods.rocksdb_cache_create_lru_with_strict_capacity_limit((nuint)capacityBytes);
    }

    internal CacheHandle Handle { get; }

    /// <summary>The limit.</summary>
    public long CapacityBytes => (long)NativeMethods.rocksdb_cache_get_capacity(Handle);

    /// <summary>What the cached blocks take now, pinned or not.</summary>
    public long UsageBytes => (long)NativeMethods.rocksdb_cache_get_usage(Handle);

    /// <summary>What cannot be evicted now: blocks under pinned values and iterators.</summary>
    public long PinnedUsageBytes => (long)NativeMethods.rocksdb_cache_get_pinned_usage(Handle);

    public void Dispose() => Handle.Dispose();
}
