using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>The database as it was at one moment. While it lives, compaction keeps what it sees; dispose it soon.</summary>
public sealed class Snapshot : IDisposable
{
    internal Snapshot(SnapshotHandle handle) => Handle = handle;

    internal SnapshotHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
