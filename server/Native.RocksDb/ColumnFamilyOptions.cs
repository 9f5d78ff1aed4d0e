using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>Values from this size on live in blob files, which compaction does not rewrite each time it moves their keys.</summary>
public sealed record BlobFileOptions
{
    /// <summary>The smallest value that goes to a blob file; smaller ones stay in the tables.</summary>
    public required long ValueBytesMin { get; init; }

    /// <summary>The size at which a blob file is closed.</summary>
    public long FileBytes { get; init; } = 256 << 20;

    public Compression Compression { get; init; } = Compression.None;

    /// <summary>Let compaction move live values out of old blob files and drop the files.</summary>
    public bool GarbageCollection { get; init; }
}

/// <summary>How one column family stores its keys and values. Zero means RocksDB's default wherever a size or count is given.</summary>
public sealed record ColumnFamilyOptions
{
    /// <summary>The memtable size at which it is flushed.</summary>
    public long WriteBufferBytes { get; init; }

    /// <summary>Memtables at once, the one being written included; writers wait when all are full.</summary>
    public int WriteBuffersMax { get; init; }

    public Compression Compression { get; init; } = Compression.Lz4;

    /// <summary>For the last level, which holds most of the data; null is the same as <see cref="Compression"/>.</summary>
    public Compression? BottommostCompression { get; init; }

    /// <summary>Null keeps all values in the tables.</summary>
    public BlobFileOptions? BlobFiles { get; init; }

    /// <summary>Bits of bloom filter a key; 10 gives about 1% false positives; 0 is no filter.</summary>
    public double BloomBitsPerKey { get; init; }

    /// <summary>A bloom filter in each memtable too, a tenth of its size: for column families that are mostly asked for keys that are absent.</summary>
    public bool FilterMemtables { get; init; }

    /// <summary>Uncompressed bytes in a table block.</summary>
    public int BlockBytes { get; init; }

    /// <summary>Null reads without a block cache.</summary>
    public BlockCache? BlockCache { get; init; }

    /// <summary>
    /// Index and filter blocks live in the block cache and count against its limit instead of beside it. They are partitioned, so that a
    /// large table needs a few KiB at a time in the cache and not its whole index. Only for users whose pinned values can never fill
    /// the cache: a flush puts the new table's index there, and where that is refused the database takes no more writes until it is
    /// opened again. Without this they live beside the cache and show in <see cref="MemoryUsage.TableReaderBytes"/>.
    /// </summary>
    public bool CacheIndexAndFilterBlocks { get; init; }

    internal OptionsHandle ToHandle()
    {
        OptionsHandle handle = NativeMethods.rocksdb_options_create();
        NativeMethods.rocksdb_options_set_compression(handle, (int)Compression);
        if (BottommostCompression is { } bottommost)
            NativeMethods.rocksdb_options_set_bottommost_compression(handle, (int)bottommost);
        if (WriteBufferBytes > 0)
            NativeMethods.rocksdb_options_set_write_buffer_size(handle, (nuint)WriteBufferBytes);
        if (WriteBuffersMax > 0)
            NativeMethods.rocksdb_options_set_max_write_buffer_number(handle, WriteBuffersMax);
        // Keeps the space of dead entries near 10% whatever the size of the data.
        NativeMethods.rocksdb_options_set_level_compaction_dynamic_level_bytes(handle, 1);
        if (FilterMemtables)
        {
            const double filterOfMemtable = 0.1;
            NativeMethods.rocksdb_options_set_memtable_whole_key_filtering(handle, 1);
            NativeMethods.rocksdb_options_set_memtable_prefix_bloom_size_ratio(handle, filterOfMemtable);
        }

        if (BlobFiles is { } blobs)
        {
            NativeMethods.rocksdb_options_set_enable_blob_files(handle, 1);
            NativeMethods.rocksdb_options_set_min_blob_size(handle, (ulong)blobs.ValueBytesMin);
            NativeMethods.rocksdb_options_set_blob_file_size(handle, (ulong)blobs.FileBytes);
            NativeMethods.rocksdb_options_set_blob_compression_type(handle, (int)blobs.Compression);
            NativeMethods.rocksdb_options_set_enable_blob_gc(handle, blobs.GarbageCollection ? (byte)1 : (byte)0);
        }

        ApplyTableOptions(handle);
        return handle;
    }

    private void ApplyTableOptions(OptionsHandle handle)
    {
        using TableOptionsHandle table = NativeMethods.rocksdb_block_based_options_create();
        // 5 is the newest format that this line of RocksDB writes; its bloom filters are faster.
        NativeMethods.rocksdb_block_based_options_set_format_version(table, 5);
        if (BlockBytes > 0)
            NativeMethods.rocksdb_block_based_options_set_block_size(table, (nuint)BlockBytes);
        if (BlockCache is null)
            NativeMethods.rocksdb_block_based_options_set_no_block_cache(table, 1);
        else
            NativeMethods.rocksdb_block_based_options_set_block_cache(table, BlockCache.Handle);
        if (BloomBitsPerKey > 0)
        {
            // The table options take the policy over, so the handle lets go of it.
            FilterPolicyHandle policy = NativeMethods.rocksdb_filterpolicy_create_bloom_full(BloomBitsPerKey);
            NativeMethods.rocksdb_block_based_options_set_filter_policy(table, policy.DangerousGetHandle());
            policy.SetHandleAsInvalid();
        }

        if (CacheIndexAndFilterBlocks && BlockCache is not null)
        {
            const int twoLevelIndex = 2;
            NativeMethods.rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
            NativeMethods.rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
            NativeMethods.rocksdb_block_based_options_set_index_type(table, twoLevelIndex);
            NativeMethods.rocksdb_block_based_options_set_partition_filters(table, 1);
            NativeMethods.rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1);
        }

        NativeMethods.rocksdb_options_set_block_based_table_factory(handle, table);
    }
}
