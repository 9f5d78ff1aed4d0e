using Monorepo.Testing.Storage;

namespace Monorepo.Storage.RocksDb.Tests;

public sealed class RocksDbConformanceTests : StorageEngineConformance
{
    private readonly EngineDirectory _directory = new();

    protected override ValueTask<IStorageEngine> CreateEngineAsync() => new(_directory.Open(segmentCommits: SegmentCommits));

    protected override async ValueTask<IStorageEngine> ReopenAsync(IStorageEngine engine)
    {
        await engine.DisposeAsync();
        return _directory.Open(segmentCommits: SegmentCommits);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }
}
