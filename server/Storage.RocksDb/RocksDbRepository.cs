using Monorepo.Core;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

internal sealed class RocksDbRepository(StoreDatabase store, RepositoryName name, RepositoryRecord record, TimeProvider time) : IRepository
{
    public RepositoryName Name { get; } = name;

    public IObjectStore Objects { get; } = new RocksDbObjectStore(store, record.Number);

    public IHistoryLog History { get; } = new RocksDbHistoryLog(store, record);

    public IRefStore Refs { get; } = new RocksDbRefStore(store, record.Number, time);

    public IPathIndex Paths { get; } = new RocksDbPathIndex(store, record);
}
