using Monorepo.Storage.InMemory;
using Monorepo.Testing.Storage;

namespace Monorepo.Storage.Tests;

public sealed class InMemoryEngineTests : StorageEngineConformance
{
    protected override ValueTask<IStorageEngine> CreateEngineAsync() => new(new InMemoryEngine(segmentCommits: SegmentCommits));

    protected override ValueTask<IStorageEngine> ReopenAsync(IStorageEngine engine) => new(engine);
}
