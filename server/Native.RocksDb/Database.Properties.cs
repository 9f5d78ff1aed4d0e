using System.Runtime.InteropServices;
using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

public sealed unsafe partial class Database
{
    /// <summary>Reads a numeric property ("rocksdb.estimate-num-keys"), of one column family or of the default one; null when unknown.</summary>
    public long? GetPropertyNumber(string name, ColumnFamily? columnFamily = null)
    {
        ulong value;
        int result = columnFamily is null
            ? NativeMethods.rocksdb_property_int(_handle, name, &value)
            : NativeMethods.rocksdb_property_int_cf(_handle, columnFamily.Handle, name, &value);
        return result == 0 ? (long)value : null;
    }

    /// <summary>Reads a property as text ("rocksdb.levelstats"), of one column family or of the default one; null when unknown.</summary>
    public string? GetPropertyText(string name, ColumnFamily? columnFamily = null) =>
        TakeText(columnFamily is null
            ? NativeMethods.rocksdb_property_value(_handle, name)
            : NativeMethods.rocksdb_property_value_cf(_handle, columnFamily.Handle, name));

    /// <summary>RocksDB's counters and histograms as text; null unless opened with <see cref="DatabaseOptions.Statistics"/>.</summary>
    public string? GetStatisticsText() => TakeText(NativeMethods.rocksdb_options_statistics_get_string(_options));

    /// <summary>Estimates the native memory outside the block cache, whose own figures <see cref="BlockCache"/> gives.</summary>
    public MemoryUsage GetMemoryUsage()
    {
        using MemoryConsumersHandle consumers = NativeMethods.rocksdb_memory_consumers_create();
        NativeMethods.rocksdb_memory_consumers_add_db(consumers, _handle);
        nint error = 0;
        using MemoryUsageHandle usage = NativeMethods.rocksdb_approximate_memory_usage_create(consumers, ref error);
        RocksDbStatus.ThrowIfFailed(error);
        return new MemoryUsage(
            (long)NativeMethods.rocksdb_approximate_memory_usage_get_mem_table_total(usage),
            (long)NativeMethods.rocksdb_approximate_memory_usage_get_mem_table_unflushed(usage),
            (long)NativeMethods.rocksdb_approximate_memory_usage_get_mem_table_readers_total(usage));
    }

    private static string? TakeText(nint text)
    {
        if (text == 0)
            return null;

        string? copy = Marshal.PtrToStringUTF8(text);
        NativeMethods.rocksdb_free(text);
        return copy;
    }
}
