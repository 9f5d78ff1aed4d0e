using System.Runtime.InteropServices;
using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// The calls of rocksdb/c.h that we make, with their C names. An error out-parameter must point to NULL before the call
/// (RocksDB frees what it finds there), which is why it is <c>ref</c> and not <c>out</c>.
/// </summary>
internal static unsafe partial class NativeMethods
{
    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, RocksDbLibrary.Resolve);

    // Database

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial DatabaseHandle rocksdb_open_column_families(
        OptionsHandle options, string name, int count, byte** names, nint* columnFamilyOptions, nint* columnFamilies, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial DatabaseHandle rocksdb_open_for_read_only_column_families(
        OptionsHandle options, string name, int count, byte** names, nint* columnFamilyOptions, nint* columnFamilies,
        byte errorIfWalFileExists, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_close(nint database);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_column_family_handle_destroy(nint columnFamily);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_write(DatabaseHandle database, WriteOptionsHandle options, WriteBatchHandle batch, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial PinnedSliceHandle rocksdb_get_pinned_cf(
        DatabaseHandle database, ReadOptionsHandle options, ColumnFamilyHandle columnFamily, byte* key, nuint keyBytes, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_batched_multi_get_cf(
        DatabaseHandle database, ReadOptionsHandle options, ColumnFamilyHandle columnFamily, nuint count,
        byte** keys, nuint* keyBytes, nint* values, nint* errors, byte sortedInput);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nint rocksdb_create_iterator_cf(DatabaseHandle database, ReadOptionsHandle options, ColumnFamilyHandle columnFamily);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial nint rocksdb_create_snapshot(DatabaseHandle database);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_release_snapshot(nint database, nint snapshot);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rocksdb_property_value(DatabaseHandle database, string name);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rocksdb_property_value_cf(DatabaseHandle database, ColumnFamilyHandle columnFamily, string name);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rocksdb_property_int(DatabaseHandle database, string name, ulong* value);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rocksdb_property_int_cf(DatabaseHandle database, ColumnFamilyHandle columnFamily, string name, ulong* value);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_flush_cf(DatabaseHandle database, FlushOptionsHandle options, ColumnFamilyHandle columnFamily, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_flush_wal(DatabaseHandle database, byte sync, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_compact_range_cf(
        DatabaseHandle database, ColumnFamilyHandle columnFamily, byte* start, nuint startBytes, byte* limit, nuint limitBytes);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial byte** rocksdb_list_column_families(OptionsHandle options, string path, nuint* count, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_list_column_families_destroy(byte** names, nuint count);

    // Checkpoint

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial CheckpointHandle rocksdb_checkpoint_object_create(DatabaseHandle database, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void rocksdb_checkpoint_create(CheckpointHandle checkpoint, string path, ulong logBytesForFlush, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);

    // Pinned slices

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* valueBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_pinnableslice_destroy(nint slice);

    // Iterator

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_destroy(nint iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial byte rocksdb_iter_valid(IteratorHandle iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_seek_to_first(IteratorHandle iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_seek_to_last(IteratorHandle iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_seek(IteratorHandle iterator, byte* key, nuint keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_seek_for_prev(IteratorHandle iterator, byte* key, nuint keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_next(IteratorHandle iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_prev(IteratorHandle iterator);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial byte* rocksdb_iter_key(IteratorHandle iterator, nuint* keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial byte* rocksdb_iter_value(IteratorHandle iterator, nuint* valueBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_iter_get_error(IteratorHandle iterator, ref nint error);

    // Write batch

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial WriteBatchHandle rocksdb_writebatch_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_destroy(nint batch);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_clear(WriteBatchHandle batch);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial int rocksdb_writebatch_count(WriteBatchHandle batch);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial byte* rocksdb_writebatch_data(WriteBatchHandle batch, nuint* bytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_put_cf(
        WriteBatchHandle batch, ColumnFamilyHandle columnFamily, byte* key, nuint keyBytes, byte* value, nuint valueBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_putv_cf(
        WriteBatchHandle batch, ColumnFamilyHandle columnFamily,
        int keyParts, byte** keys, nuint* keyBytes, int valueParts, byte** values, nuint* valueBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_delete_cf(WriteBatchHandle batch, ColumnFamilyHandle columnFamily, byte* key, nuint keyBytes);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_writebatch_delete_range_cf(
        WriteBatchHandle batch, ColumnFamilyHandle columnFamily, byte* start, nuint startBytes, byte* end, nuint endBytes);

    // Memory

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_free(nint memory);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial MemoryConsumersHandle rocksdb_memory_consumers_create();

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_memory_consumers_add_db(MemoryConsumersHandle consumers, DatabaseHandle database);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_memory_consumers_destroy(nint consumers);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial MemoryUsageHandle rocksdb_approximate_memory_usage_create(MemoryConsumersHandle consumers, ref nint error);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial void rocksdb_approximate_memory_usage_destroy(nint usage);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial ulong rocksdb_approximate_memory_usage_get_mem_table_total(MemoryUsageHandle usage);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial ulong rocksdb_approximate_memory_usage_get_mem_table_unflushed(MemoryUsageHandle usage);

    [LibraryImport(RocksDbLibrary.ImportName)]
    internal static partial ulong rocksdb_approximate_memory_usage_get_mem_table_readers_total(MemoryUsageHandle usage);
}
