using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Memcached;
using Monorepo.Operations.Warming;
using Monorepo.Rpc;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;
using Monorepo.Testing.Objects;
using Monorepo.Testing.Processes;

namespace Monorepo.Operations.Tests.Warming;

/// <summary>Over a real memcached.</summary>
public sealed class WarmRunTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly RepositoryName s_repository = RepositoryName.Parse("demo");
    private static readonly NewObject[] s_objects = [.. Enumerable.Range(0, 2_000).Select(i => Sample.Blob(i)), Sample.Blob(5_000, 3_000_000)];

    private readonly InMemoryEngine _engine = new();
    private MemcachedServer _server = null!;
    private MemcachedClient _client = null!;
    private MemcachedEnvelopeCache _cache = null!;

    public async ValueTask InitializeAsync()
    {
        if (MemcachedServer.WhyUnavailable is { } reason)
            Assert.Skip(reason);
        _server = await MemcachedServer.StartAsync();
        _client = new MemcachedClient(new MemcachedOptions
        {
            Nodes = [new MemcachedEndpoint(_server.Host, _server.Port)],
            OperationTimeout = Deadline,
            ConnectTimeout = Deadline,
        });
        _cache = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions());
        IRepository repository = await _engine.CreateAsync(s_repository, CancellationToken.None);
        await repository.Objects.PutAsync(s_objects, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _cache.DisposeAsync();
        _client.Dispose();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public async Task What_is_not_there_is_stored_and_the_next_run_skips_it()
    {
        ObjectId[] all = [.. s_objects.Select(o => o.Id)];
        ObjectId[] unknown = [.. Enumerable.Range(9_000, 3).Select(i => Sample.Blob(i).Id)];
        WarmProgress first = await RunAsync(all.AsSpan(0, 500).ToArray());
        Assert.Equal((500UL, 500UL, 0UL), (first.Objects, first.Stored, first.Skipped));

        WarmProgress second = await RunAsync([.. all, .. unknown]);
        Assert.Equal((2_004UL, 1_501UL, 500UL, 3UL, 0UL), (second.Objects, second.Stored, second.Skipped, second.Missing, second.Failed));
        Assert.Equal(s_objects.Skip(500).Sum(o => o.Envelope.Length), (long)second.Bytes);
        Assert.DoesNotContain(false, await _cache.ContainsAsync(s_repository, all, CancellationToken.None));

        WarmProgress third = await RunAsync(all);
        Assert.Equal((0UL, 2_001UL), (third.Stored, third.Skipped));
    }

    [Fact]
    public async Task It_ends_when_memcached_takes_nothing()
    {
        await _server.KillAsync();
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => RunAsync([.. s_objects.Select(o => o.Id)]));
        Assert.Equal(RpcStatusCode.Unavailable, e.StatusCode);
    }

    [Fact]
    public async Task It_ends_when_it_is_cancelled()
    {
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync([.. s_objects.Select(o => o.Id)], cancelled.Token));
    }

    private async Task<WarmProgress> RunAsync(ObjectId[] ids, CancellationToken cancellationToken = default)
    {
        WarmRun run = new(s_repository, new StoreOrigin(_engine), _cache, hot: null, new Pacer(0, TimeProvider.System), TimeProvider.System);
        await run.RunAsync(new Given(ids), cancellationToken);
        return run.Progress;
    }

    private sealed class Given(ObjectId[] ids) : IWarmSet
    {
        public async IAsyncEnumerable<IReadOnlyList<ObjectId>> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return ids;
        }
    }
}
