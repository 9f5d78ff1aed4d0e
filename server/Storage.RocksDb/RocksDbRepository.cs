using Monorepo.Core;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

internal sealed class RocksDbRepository(StoreDatabase store, RepositoryName name, RepositoryRecord record, int segmentCommits, TimeProvider time) : IRepository
{
    private readonly RocksDbHistoryLog _history = new(store, record, segmentCommits);

    public RepositoryName Name { get; } = name;

    public IObjectStore Objects => StoredObjects;

    /// <summary>As <see cref="Objects"/>, with what only this engine can do.</summary>
    internal RocksDbObjectStore StoredObjects { get; } = new(store, record.Number);

    public IHistoryLog History => _history;

    public IRefStore Refs { get; } = new RocksDbRefStore(store, record.Number, time);

    public IPathIndex Paths { get; } = new RocksDbPathIndex(store, record);

    /// <summary>Ends the work in the background; the database may be closed then.</summary>
    public Task StopAsync() => _history.StopAsync();
}
