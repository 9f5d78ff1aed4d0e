using System.Runtime.InteropServices;
using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial OptionsHandle rocksdb_options_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_destroy(nint options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_create_if_missing(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_create_missing_column_families(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_paranoid_checks(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_write_buffer_size(OptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_db_write_buffer_size(OptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_max_write_buffer_number(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_max_open_files(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_max_total_wal_size(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_bytes_per_sync(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_wal_bytes_per_sync(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_max_background_jobs(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_keep_log_file_num(OptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_max_log_file_size(OptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_compression(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_bottommost_compression(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_level_compaction_dynamic_level_bytes(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_memtable_prefix_bloom_size_ratio(OptionsHandle options, double value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_memtable_whole_key_filtering(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_enable_blob_files(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_min_blob_size(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_blob_file_size(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_blob_compression_type(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_enable_blob_gc(OptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_blob_gc_age_cutoff(OptionsHandle options, double value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_blob_gc_force_threshold(OptionsHandle options, double value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_target_file_size_base(OptionsHandle options, ulong value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_wal_recovery_mode(OptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_enable_statistics(OptionsHandle options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nint rocksdb_options_statistics_get_string(OptionsHandle options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_options_set_block_based_table_factory(OptionsHandle options, TableOptionsHandle tableOptions);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial TableOptionsHandle rocksdb_block_based_options_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_destroy(nint options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_block_size(TableOptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_pin_top_level_index_and_filter(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_partition_filters(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_index_type(TableOptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_format_version(TableOptionsHandle options, int value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_whole_key_filtering(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_no_block_cache(TableOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_filter_policy(TableOptionsHandle options, nint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_block_based_options_set_block_cache(TableOptionsHandle options, CacheHandle value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial FilterPolicyHandle rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_filterpolicy_destroy(nint policy);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial CacheHandle rocksdb_cache_create_lru_with_strict_capacity_limit(nuint capacity);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_cache_destroy(nint cache);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nuint rocksdb_cache_get_capacity(CacheHandle cache);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nuint rocksdb_cache_get_usage(CacheHandle cache);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nuint rocksdb_cache_get_pinned_usage(CacheHandle cache);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial ReadOptionsHandle rocksdb_readoptions_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_destroy(nint options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_set_fill_cache(ReadOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_set_readahead_size(ReadOptionsHandle options, nuint value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_set_snapshot(ReadOptionsHandle options, nint snapshot);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_set_iterate_lower_bound(ReadOptionsHandle options, nint key, nuint keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_readoptions_set_iterate_upper_bound(ReadOptionsHandle options, nint key, nuint keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial WriteOptionsHandle rocksdb_writeoptions_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writeoptions_destroy(nint options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writeoptions_set_sync(WriteOptionsHandle options, byte value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial FlushOptionsHandle rocksdb_flushoptions_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_flushoptions_destroy(nint options);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_flushoptions_set_wait(FlushOptionsHandle options, byte value);
}
