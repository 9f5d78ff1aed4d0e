using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests;

/// <summary>A generated repository, a server for it in memory, and a clone: shared by the tests of a class, which only read.</summary>
public sealed class ClonedRepository : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();

    internal GitRepository Git { get; } = new(seed: 20, commits: 120);

    internal FakeRemote Remote { get; private set; } = null!;

    internal Clone Clone { get; private set; } = null!;

    internal ObjectCache Cache { get; private set; } = null!;

    internal ObjectSource Objects { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Remote = new FakeRemote(Git);
        Clone = await Clone.CreateAsync(Remote, _directory.File("clone"), null, TestContext.Current.CancellationToken);
        Cache = new ObjectCache(_directory.File("cache"));
        Objects = new ObjectSource(Cache, Clone.History, Remote);
    }

    public ValueTask DisposeAsync()
    {
        Cache.Dispose();
        Clone.Dispose();
        Git.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}
