using System.Buffers;
using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// The open database as the stores use it. Their work runs on the thread pool, so that no caller's event loop waits for a disk, and
/// RocksDB's errors leave as <see cref="StorageException"/>. Thread-safe.
/// </summary>
internal sealed class StoreDatabase : IDisposable
{
    private const int InteractiveKeysMax = 64;

    private readonly BlockCache _cache;
    private readonly ReadOptions _beside = new(fillCache: false);
    private long _objectReads;

    public StoreDatabase(Database database, BlockCache cache)
    {
        Database = database;
        _cache = cache;
        Meta = database.GetColumnFamily(StoreColumnFamilies.Meta);
        Objects = database.GetColumnFamily(StoreColumnFamilies.Objects);
        Clusters = database.GetColumnFamily(StoreColumnFamilies.Clusters);
        Loose = database.GetColumnFamily(StoreColumnFamilies.Loose);
        Log = database.GetColumnFamily(StoreColumnFamilies.Log);
        Segments = database.GetColumnFamily(StoreColumnFamilies.Segments);
        Positions = database.GetColumnFamily(StoreColumnFamilies.Positions);
        Refs = database.GetColumnFamily(StoreColumnFamilies.Refs);
        RefLog = database.GetColumnFamily(StoreColumnFamilies.RefLog);
        Paths = database.GetColumnFamily(StoreColumnFamilies.Paths);
        Sync = new WalSync(database.SyncWal);
    }

    public Database Database { get; }

    public void CountObjectReads(int objects) => Interlocked.Add(ref _objectReads, objects);

    /// <summary>Objects looked for so far.</summary>
    public long ObjectReads => Interlocked.Read(ref _objectReads);

    public BlockCache Cache => _cache;

    public WalSync Sync { get; }

    public ColumnFamily Meta { get; }

    public ColumnFamily Objects { get; }

    public ColumnFamily Clusters { get; }

    public ColumnFamily Loose { get; }

    public ColumnFamily Log { get; }

    public ColumnFamily Segments { get; }

    public ColumnFamily Positions { get; }

    public ColumnFamily Refs { get; }

    public ColumnFamily RefLog { get; }

    public ColumnFamily Paths { get; }

    public ValueTask<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) =>
        new(Task.Run(() => Run(work), cancellationToken));

    public T Run<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (RocksDbException e)
        {
            throw StorageFailures.From(e, Database.Path);
        }
    }

    /// <summary>
    /// Few keys are an interactive read: their blocks go into the cache. Many are a bulk read, which uses the cache and leaves it as it is,
    /// as a few keys do when other reads hold all of it.
    /// </summary>
    public PinnedValues MultiGet(ColumnFamily columnFamily, ReadOnlySpan<byte> keys, int keyBytes, bool keysAreSorted = false)
    {
        if (keys.Length / keyBytes <= InteractiveKeysMax)
        {
            try
            {
                return Database.GetEach(columnFamily, keys, keyBytes);
            }
            catch (RocksDbException e) when (e.Kind == RocksDbErrorKind.MemoryLimit)
            {
                // Read below.
            }
        }

        return Database.MultiGet(columnFamily, keys, keyBytes, keysAreSorted);
    }

    /// <summary>Looks ids up in a column family whose keys are a repository's number and an id.</summary>
    public PinnedValues MultiGetObjects(ColumnFamily columnFamily, uint repository, ReadOnlySpan<ObjectId> ids, bool idsAreSorted = false)
    {
        byte[] keys = ArrayPool<byte>.Shared.Rent(ids.Length * StoreKeys.ObjectBytes);
        try
        {
            for (int i = 0; i < ids.Length; i++)
                StoreKeys.WriteObject(keys.AsSpan(i * StoreKeys.ObjectBytes), repository, ids[i]);
            return MultiGet(columnFamily, keys.AsSpan(0, ids.Length * StoreKeys.ObjectBytes), StoreKeys.ObjectBytes, idsAreSorted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(keys);
        }
    }

    /// <summary>One value; around the cache when other reads hold all of it.</summary>
    public PinnedValue? Get(ColumnFamily columnFamily, ReadOnlySpan<byte> key)
    {
        try
        {
            return Database.GetPinned(columnFamily, key);
        }
        catch (RocksDbException e) when (e.Kind == RocksDbErrorKind.MemoryLimit)
        {
            return Database.GetPinned(columnFamily, key, _beside);
        }
    }

    /// <summary>The number in the first key of a repository in <c>log</c> or <c>reflog</c>; null when there is none.</summary>
    public long? FindFirstPosition(ColumnFamily columnFamily, uint repository)
    {
        using KeyIterator iterator = Database.CreateIterator(
            columnFamily, StoreKeys.RepositoryStart(repository), StoreKeys.RepositoryEnd(repository), fillCache: false);
        return iterator.SeekToFirst() ? StoreKeys.ReadPosition(iterator.Key) : null;
    }

    /// <summary>The number in the last key of a repository in <c>log</c>, <c>segments</c> or <c>reflog</c>; null when there is none.</summary>
    public long? FindLastPosition(ColumnFamily columnFamily, uint repository, Snapshot? snapshot = null)
    {
        using KeyIterator iterator = Database.CreateIterator(
            columnFamily, StoreKeys.RepositoryStart(repository), StoreKeys.RepositoryEnd(repository), snapshot, fillCache: false);
        return iterator.SeekToLast() ? StoreKeys.ReadPosition(iterator.Key) : null;
    }

    public void Dispose()
    {
        Database.Dispose();
        _beside.Dispose();
        _cache.Dispose();
    }
}
