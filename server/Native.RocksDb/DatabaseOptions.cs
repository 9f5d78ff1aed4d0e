using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>How a database as a whole is opened. Zero means RocksDB's default wherever a size or count is given.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Make the database and its missing column families.</summary>
    public bool CreateIfMissing { get; init; } = true;

    /// <summary>A ceiling for the memtables of all column families together; reaching it flushes the oldest.</summary>
    public long WriteBufferBytesMax { get; init; }

    /// <summary>Table and blob files kept open; -1 is all of them, with their readers in memory.</summary>
    public int OpenFilesMax { get; init; } = -1;

    /// <summary>Flushes dirty pages of files being written each time this many bytes were added, which smooths disk traffic.</summary>
    public long BytesPerSync { get; init; }

    /// <summary>The same for the write-ahead log.</summary>
    public long WalBytesPerSync { get; init; }

    /// <summary>Write-ahead logs above this size together force a flush of the column family that holds the oldest.</summary>
    public long WalBytesMax { get; init; }

    /// <summary>Threads for flushes and compactions.</summary>
    public int BackgroundJobsMax { get; init; }

    /// <summary>RocksDB's own diagnostic logs (files LOG*): how many are kept and how large one grows.</summary>
    public int DiagnosticLogsMax { get; init; } = 4;

    /// <inheritdoc cref="DiagnosticLogsMax"/>
    public long DiagnosticLogBytesMax { get; init; } = 16 << 20;

    /// <summary>Collect counters for <see cref="Database.GetStatisticsText"/>; costs a few percent.</summary>
    public bool Statistics { get; init; }

    internal OptionsHandle ToHandle()
    {
        OptionsHandle handle = NativeMethods.rocksdb_options_create();
        byte create = CreateIfMissing ? (byte)1 : (byte)0;
        NativeMethods.rocksdb_options_set_create_if_missing(handle, create);
        NativeMethods.rocksdb_options_set_create_missing_column_families(handle, create);
        NativeMethods.rocksdb_options_set_paranoid_checks(handle, 1);
        // Everything up to the first damaged record, and no hole before it: a torn tail is what a crash leaves.
        const int pointInTimeRecovery = 2;
        NativeMethods.rocksdb_options_set_wal_recovery_mode(handle, pointInTimeRecovery);
        NativeMethods.rocksdb_options_set_max_open_files(handle, OpenFilesMax);
        NativeMethods.rocksdb_options_set_keep_log_file_num(handle, (nuint)DiagnosticLogsMax);
        NativeMethods.rocksdb_options_set_max_log_file_size(handle, (nuint)DiagnosticLogBytesMax);
        if (WriteBufferBytesMax > 0)
            NativeMethods.rocksdb_options_set_db_write_buffer_size(handle, (nuint)WriteBufferBytesMax);
        if (BytesPerSync > 0)
            NativeMethods.rocksdb_options_set_bytes_per_sync(handle, (ulong)BytesPerSync);
        if (WalBytesPerSync > 0)
            NativeMethods.rocksdb_options_set_wal_bytes_per_sync(handle, (ulong)WalBytesPerSync);
        if (WalBytesMax > 0)
            NativeMethods.rocksdb_options_set_max_total_wal_size(handle, (ulong)WalBytesMax);
        if (BackgroundJobsMax > 0)
            NativeMethods.rocksdb_options_set_max_background_jobs(handle, BackgroundJobsMax);
        if (Statistics)
            NativeMethods.rocksdb_options_enable_statistics(handle);
        return handle;
    }
}
