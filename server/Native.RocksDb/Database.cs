using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// An open database. Thread-safe. Disposing it closes it as soon as the last pinned value, iterator and snapshot is disposed; to be sure it
/// is closed, dispose those first. What was written without sync is safe against a crash of the process, not of the machine.
/// </summary>
public sealed unsafe partial class Database : IDisposable
{
    private readonly DatabaseHandle _handle;
    private readonly OptionsHandle _options;
    private readonly Dictionary<string, ColumnFamily> _columnFamilies;
    private readonly ReadOptions _readDefaults = new();
    private readonly ReadOptions _readBeside = new(fillCache: false);
    private readonly WriteOptionsHandle _writeSynced = NativeMethods.rocksdb_writeoptions_create();
    private readonly WriteOptionsHandle _writeUnsynced = NativeMethods.rocksdb_writeoptions_create();

    private Database(string path, DatabaseHandle handle, OptionsHandle options, Dictionary<string, ColumnFamily> columnFamilies)
    {
        Path = path;
        _handle = handle;
        _options = options;
        _columnFamilies = columnFamilies;
        NativeMethods.rocksdb_writeoptions_set_sync(_writeSynced, 1);
    }

    /// <summary>The directory of the database.</summary>
    public string Path { get; }

    /// <summary>Opens for reading and writing; one opener at a time.</summary>
    /// <param name="columnFamilies">All that the database has, and those to create; "default" may be left out.</param>
    /// <exception cref="RocksDbException">LockHeld when somebody has it open; InvalidArgument when it is absent and may not be created, or has
    /// column families that are not named; Corruption, IOError, NoSpace.</exception>
    public static Database Open(string path, DatabaseOptions options, IReadOnlyList<ColumnFamilyDefinition> columnFamilies) =>
        Open(path, options, columnFamilies, readOnly: false);

    /// <summary>Opens an existing database for reading, without taking its lock or following its writer.</summary>
    /// <exception cref="RocksDbException">As for <see cref="Open(string, DatabaseOptions, IReadOnlyList{ColumnFamilyDefinition})"/>, but never LockHeld.</exception>
    public static Database OpenReadOnly(string path, DatabaseOptions options, IReadOnlyList<ColumnFamilyDefinition> columnFamilies) =>
        Open(path, options with { CreateIfMissing = false }, columnFamilies, readOnly: true);

    /// <summary>Names the column families of the database in <paramref name="path"/> without opening it.</summary>
    /// <exception cref="RocksDbException">It is not a database, or it cannot be read.</exception>
    public static IReadOnlyList<string> ListColumnFamilies(string path)
    {
        using OptionsHandle options = new DatabaseOptions { CreateIfMissing = false }.ToHandle();
        nint error = 0;
        nuint count;
        byte** names = NativeMethods.rocksdb_list_column_families(options, path, &count, ref error);
        RocksDbStatus.ThrowIfFailed(error);
        string[] list = new string[(int)count];
        for (int i = 0; i < list.Length; i++)
            list[i] = Marshal.PtrToStringUTF8((nint)names[i]) ?? "";
        NativeMethods.rocksdb_list_column_families_destroy(names, count);
        return list;
    }

    /// <summary>Whether <paramref name="path"/> holds a database, of whatever content.</summary>
    public static bool Exists(string path) => File.Exists(System.IO.Path.Combine(path, "CURRENT"));

    /// <summary>Gives a column family named at open.</summary>
    /// <exception cref="KeyNotFoundException">It was not.</exception>
    public ColumnFamily GetColumnFamily(string name) => _columnFamilies[name];

    /// <summary>Applies the batch atomically.</summary>
    /// <param name="sync">Return only when the batch would survive a power failure.</param>
    /// <exception cref="RocksDbException">Nothing of the batch is applied.</exception>
    public void Write(WriteBatch batch, bool sync)
    {
        nint error = 0;
        NativeMethods.rocksdb_write(_handle, sync ? _writeSynced : _writeUnsynced, batch.Handle, ref error);
        RocksDbStatus.ThrowIfFailed(error);
    }

    /// <summary>Makes everything written so far survive a power failure.</summary>
    public void SyncWal()
    {
        nint error = 0;
        NativeMethods.rocksdb_flush_wal(_handle, 1, ref error);
        RocksDbStatus.ThrowIfFailed(error);
    }

    /// <summary>Takes a snapshot of the newest state.</summary>
    public Snapshot CreateSnapshot() => new(new SnapshotHandle(NativeMethods.rocksdb_create_snapshot(_handle), _handle));

    /// <summary>Writes the column family's memtable to a table file, and waits for it.</summary>
    public void Flush(ColumnFamily columnFamily)
    {
        using FlushOptionsHandle options = NativeMethods.rocksdb_flushoptions_create();
        NativeMethods.rocksdb_flushoptions_set_wait(options, 1);
        nint error = 0;
        NativeMethods.rocksdb_flush_cf(_handle, options, columnFamily.Handle, ref error);
        RocksDbStatus.ThrowIfFailed(error);
    }

    /// <summary>
    /// Compacts the keys from <paramref name="start"/> up to and including <paramref name="limit"/>; an empty bound is open. The C
    /// API reports no failure of this call: it shows in the property "rocksdb.background-errors".
    /// </summary>
    public void CompactRange(ColumnFamily columnFamily, ReadOnlySpan<byte> start = default, ReadOnlySpan<byte> limit = default)
    {
        fixed (byte* startStart = start, limitStart = limit)
        {
            NativeMethods.rocksdb_compact_range_cf(
                _handle, columnFamily.Handle, startStart, (nuint)start.Length, limitStart, (nuint)limit.Length);
        }
    }

    /// <summary>Makes an openable copy of the newest state in <paramref name="path"/>, with hard links where the file system is the same.</summary>
    /// <param name="path">A directory that does not exist; its parent does.</param>
    public void CreateCheckpoint(string path)
    {
        nint error = 0;
        using CheckpointHandle checkpoint = NativeMethods.rocksdb_checkpoint_object_create(_handle, ref error);
        RocksDbStatus.ThrowIfFailed(error);
        NativeMethods.rocksdb_checkpoint_create(checkpoint, path, logBytesForFlush: 0, ref error);
        RocksDbStatus.ThrowIfFailed(error);
    }

    public void Dispose()
    {
        foreach (ColumnFamily columnFamily in _columnFamilies.Values)
            columnFamily.Handle.Dispose();
        _handle.Dispose();
        _options.Dispose();
        _readDefaults.Dispose();
        _readBeside.Dispose();
        _writeSynced.Dispose();
        _writeUnsynced.Dispose();
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The handles go to the database object, or are disposed in the catch block.")]
    private static Database Open(string path, DatabaseOptions options, IReadOnlyList<ColumnFamilyDefinition> definitions, bool readOnly)
    {
        List<ColumnFamilyDefinition> all = [.. definitions];
        if (!all.Exists(static d => d.Name == ColumnFamily.DefaultName))
            all.Insert(0, new ColumnFamilyDefinition(ColumnFamily.DefaultName, new ColumnFamilyOptions()));

        OptionsHandle handle = options.ToHandle();
        OptionsHandle[] columnFamilyOptions = [.. all.Select(static d => d.Options.ToHandle())];
        byte** names = (byte**)NativeMemory.AllocZeroed((nuint)(all.Count * sizeof(byte*)));
        try
        {
            for (int i = 0; i < all.Count; i++)
                names[i] = (byte*)Marshal.StringToCoTaskMemUTF8(all[i].Name);

            nint[] optionValues = [.. columnFamilyOptions.Select(static h => h.DangerousGetHandle())];
            nint[] columnFamilies = new nint[all.Count];
            nint error = 0;
            DatabaseHandle database;
            fixed (nint* optionStart = optionValues, columnFamilyStart = columnFamilies)
            {
                database = readOnly
                    ? NativeMethods.rocksdb_open_for_read_only_column_families(
                        handle, path, all.Count, names, optionStart, columnFamilyStart, errorIfWalFileExists: 0, ref error)
                    : NativeMethods.rocksdb_open_column_families(handle, path, all.Count, names, optionStart, columnFamilyStart, ref error);
            }

            RocksDbStatus.ThrowIfFailed(error);
            Dictionary<string, ColumnFamily> opened = new(StringComparer.Ordinal);
            for (int i = 0; i < all.Count; i++)
                opened.Add(all[i].Name, new ColumnFamily(all[i].Name, new ColumnFamilyHandle(columnFamilies[i], database)));
            return new Database(path, database, handle, opened);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        finally
        {
            for (int i = 0; i < all.Count; i++)
                Marshal.FreeCoTaskMem((nint)names[i]);
            NativeMemory.Free(names);
            foreach (OptionsHandle columnFamilyOption in columnFamilyOptions)
                columnFamilyOption.Dispose();
        }
    }
}
