using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// All repositories in one RocksDB database; the layout is in FORMAT.md. One process has it open at a time. Work runs on the thread pool.
/// Disposing closes the database once the last <see cref="ObjectBatch"/> is disposed.
/// </summary>
public sealed class RocksDbEngine : IStorageEngine
{
    private readonly RocksDbEngineOptions _options;
    private readonly StoreDatabase _store;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<RepositoryName, RocksDbRepository> _repositories = new();
    private readonly Lock _creating = new();
    private uint _newestNumber;

    private RocksDbEngine(RocksDbEngineOptions options, StoreDatabase store, TimeProvider time)
    {
        _options = options;
        _store = store;
        _time = time;
        foreach ((RepositoryName name, RepositoryRecord record) in ReadRepositories())
        {
            _repositories[name] = new RocksDbRepository(store, name, record, options.SegmentCommits, time);
            _newestNumber = Math.Max(_newestNumber, record.Number);
        }
    }

    /// <summary>Opens the database, and makes it where there is none.</summary>
    /// <exception cref="StorageException">InUse: another process has it. UnknownFormat: it is of another version, or not ours; nothing was
    /// changed. Corrupt, NoSpace, InputOutput.</exception>
    /// <exception cref="DllNotFoundException">RocksDB is not installed; the message names the package.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "Cache and database go to the store, which the engine owns.")]
    public static RocksDbEngine Open(RocksDbEngineOptions options, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryBytes, RocksDbEngineOptions.MemoryBytesMin, nameof(options));
        BlockCache? cache = null;
        Database? database = null;
        try
        {
            Directory.CreateDirectory(options.Path);
            FormatVersion.ThrowIfForeign(options.Path);
            cache = new BlockCache(options.BlockCacheBytes);
            database = Database.Open(options.Path, DefineDatabase(options), StoreColumnFamilies.Define(cache, options.WriteBufferBytes));
            FormatVersion.CheckOrWrite(database);
            return new RocksDbEngine(options, new StoreDatabase(database, cache), time ?? TimeProvider.System);
        }
        catch (Exception e)
        {
            database?.Dispose();
            cache?.Dispose();
            if (e is RocksDbException error)
                throw StorageFailures.From(error, options.Path);
            throw;
        }
    }

    public ValueTask<IRepository?> OpenAsync(RepositoryName name, CancellationToken cancellationToken) =>
        new(_repositories.GetValueOrDefault(name));

    public ValueTask<IRepository> CreateAsync(RepositoryName name, CancellationToken cancellationToken) =>
        _repositories.TryGetValue(name, out RocksDbRepository? present)
            ? new(present)
            : _store.RunAsync<IRepository>(() => Create(name), cancellationToken);

    public ValueTask<IReadOnlyList<RepositoryName>> ListAsync(CancellationToken cancellationToken) =>
        new([.. _repositories.Keys.OrderBy(static n => n.Value, StringComparer.Ordinal)]);

    /// <summary>Native memory now. Cheap enough to poll every second.</summary>
    public StorageMemoryUsage GetMemoryUsage() => _store.Run(() =>
    {
        MemoryUsage usage = _store.Database.GetMemoryUsage();
        return new StorageMemoryUsage(
            _store.Cache.CapacityBytes, _store.Cache.UsageBytes, _store.Cache.PinnedUsageBytes,
            _options.WriteBufferBytes, usage.MemtableBytes, usage.TableReaderBytes);
    });

    /// <summary>The database's state, from counters that RocksDB keeps in memory.</summary>
    public StorageStatistics GetStatistics() => _store.Run(() =>
    {
        List<ColumnFamilyStatistics> families = [];
        foreach (string name in StoreColumnFamilies.Names)
        {
            ColumnFamily family = _store.Database.GetColumnFamily(name);
            families.Add(new ColumnFamilyStatistics(
                name, Number("rocksdb.estimate-num-keys", family), Number("rocksdb.total-sst-files-size", family),
                Number("rocksdb.total-blob-file-size", family), Number("rocksdb.estimate-pending-compaction-bytes", family)));
        }

        return new StorageStatistics(
            GetMemoryUsage(), families, Number("rocksdb.background-errors", null), Number("rocksdb.is-write-stopped", null) != 0, _store.ObjectReads);

        long Number(string property, ColumnFamily? family) => _store.Database.GetPropertyNumber(property, family) ?? 0;
    });

    /// <summary>Makes a copy of the newest state that this engine can open: hard links on the same file system, so it is quick and small at first.</summary>
    /// <param name="path">A directory that does not exist, in one that does.</param>
    /// <param name="cancellationToken">Has no effect once the copy is being made.</param>
    public async ValueTask CreateCheckpointAsync(string path, CancellationToken cancellationToken) =>
        await _store.RunAsync(
            () =>
            {
                _store.Database.CreateCheckpoint(path);
                return true;
            },
            cancellationToken);

    /// <summary>
    /// Folds small clusters of like objects into larger ones; see FORMAT.md. Safe at any moment, also to cut: each step is whole or nothing, and
    /// the next run goes on. Runs on one core; reads and writes go on meanwhile.
    /// </summary>
    /// <param name="name">Only this repository; null is all.</param>
    /// <param name="progress">Told after each step, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops after the step in work, at most 8 MiB of contents.</param>
    /// <exception cref="StorageException">Corrupt: what was to be folded is damaged, and was left as it is.</exception>
    public async ValueTask<CompactionProgress> FoldAsync(RepositoryName? name, IProgress<CompactionProgress>? progress, CancellationToken cancellationToken)
    {
        CompactionProgress now = default;
        RocksDbRepository[] repositories = [.. _repositories.Values.Where(r => name is null || r.Name == name).OrderBy(static r => r.Name.Value, StringComparer.Ordinal)];
        for (int i = 0; i < repositories.Length; i++)
        {
            int before = i;
            await repositories[i].StoredObjects.FoldAsync(
                (done, folded, made) =>
                {
                    now = new CompactionProgress(
                        repositories[before].Name.Value, (before + done) / repositories.Length, now.ClustersFolded + folded, now.ClustersMade + made);
                    progress?.Report(now);
                },
                cancellationToken);
        }

        return now;
    }

    /// <summary>
    /// Writes all that is in memory to tables, which frees the write-ahead logs, and rewrites the tables in their densest form. It takes a
    /// second for each 50 to 100 MB, and free disk space of the largest column family.
    /// </summary>
    /// <param name="progress">Told before each column family.</param>
    /// <param name="cancellationToken">Stops before the next column family.</param>
    public async ValueTask CompactTablesAsync(IProgress<CompactionProgress>? progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = StoreColumnFamilies.Names;
        for (int i = 0; i < names.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new CompactionProgress(names[i], (double)i / names.Count, 0, 0));
            ColumnFamily family = _store.Database.GetColumnFamily(names[i]);
            await _store.RunAsync(
                () =>
                {
                    _store.Database.Flush(family);
                    _store.Database.CompactRange(family);
                    return true;
                },
                cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_repositories.Values.Select(static r => r.StopAsync()));
        _store.Dispose();
    }

    private static DatabaseOptions DefineDatabase(RocksDbEngineOptions options) => new()
    {
        WriteBufferBytesMax = options.WriteBufferBytes,
        // Replayed at the next start: a bound on how long that takes.
        WalBytesMax = 4 * options.WriteBufferBytes,
        OpenFilesMax = options.OpenFilesMax,
        BackgroundJobsMax = options.BackgroundJobsMax,
        BytesPerSync = 1 << 20,
    };

    private RocksDbRepository Create(RepositoryName name)
    {
        lock (_creating)
        {
            if (_repositories.TryGetValue(name, out RocksDbRepository? present))
                return present;

            uint number = _newestNumber + 1;
            if (number > RepositoryRecord.NumberMax)
                throw new InvalidOperationException($"The database holds {RepositoryRecord.NumberMax} repositories and can hold no more.");

            RepositoryRecord record = new(number, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1);
            using WriteBatch batch = new();
            batch.Put(_store.Meta, StoreKeys.Repository(name), record.Encode());
            _store.Database.Write(batch, sync: true);
            _newestNumber = number;
            RocksDbRepository repository = new(_store, name, record, _options.SegmentCommits, _time);
            _repositories[name] = repository;
            return repository;
        }
    }

    private List<(RepositoryName Name, RepositoryRecord Record)> ReadRepositories()
    {
        List<(RepositoryName, RepositoryRecord)> found = [];
        using KeyIterator iterator = _store.Database.CreateIterator(_store.Meta);
        for (bool valid = iterator.Seek(StoreKeys.RepositoryPrefix); valid; valid = iterator.MoveNext())
        {
            if (!iterator.Key.StartsWith(StoreKeys.RepositoryPrefix))
                break;
            string name = StoreKeys.Utf8.GetString(iterator.Key[StoreKeys.RepositoryPrefix.Length..]);
            if (!RepositoryName.TryParse(name, out RepositoryName parsed))
                throw StorageFailures.Corrupt($"'{name}' is no repository name");
            found.Add((parsed, RepositoryRecord.Decode(iterator.Value)));
        }

        return found;
    }
}
