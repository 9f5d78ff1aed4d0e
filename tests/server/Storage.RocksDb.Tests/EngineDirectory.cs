using Monorepo.Formats.History;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests;

/// <summary>A directory of its own for one test, and the engine over it.</summary>
internal sealed class EngineDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("storage-rocksdb-").FullName;

    public string Path => System.IO.Path.Combine(Root, "db");

    public RocksDbEngine Open(TimeProvider? time = null, string? path = null, int segmentCommits = SegmentFormat.CommitsPerSegment) => RocksDbEngine.Open(
        new RocksDbEngineOptions { Path = path ?? Path, MemoryBytes = RocksDbEngineOptions.MemoryBytesMin, SegmentCommits = segmentCommits }, time);

    /// <summary>Opens what an engine wrote, without the engine.</summary>
    public Database OpenRaw(params string[] more) =>
        Database.Open(Path, new DatabaseOptions(), [.. StoreColumnFamilies.Names.Concat(more).Select(static n => new ColumnFamilyDefinition(n, new ColumnFamilyOptions()))]);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
