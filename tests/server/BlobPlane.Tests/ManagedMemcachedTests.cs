using Monorepo.BlobPlane.Caching;
using Monorepo.Core;
using Monorepo.Memcached;
using Monorepo.Storage;
using Monorepo.Testing.Processes;

namespace Monorepo.BlobPlane.Tests;

/// <summary>What operators do to memcached, over a real one. Two caches stand for two servers that share it.</summary>
public sealed class ManagedMemcachedTests : IAsyncLifetime
{
    private static readonly RepositoryName Repository = Contents.Repository;
    private static readonly NewObject[] Objects = Contents.MakeMany(300);

    private MemcachedServer _server = null!;
    private MemcachedClient _client = null!;
    private MemcachedEnvelopeCache _one = null!;
    private MemcachedEnvelopeCache _other = null!;

    public async ValueTask InitializeAsync()
    {
        if (MemcachedServer.WhyUnavailable is { } reason)
            Assert.Skip(reason);
        _server = await MemcachedServer.StartAsync();
        _client = new MemcachedClient(new MemcachedOptions
        {
            Nodes = [new MemcachedEndpoint(_server.Host, _server.Port)],
            OperationTimeout = Contents.Deadline,
            ConnectTimeout = Contents.Deadline,
        });
        _one = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions());
        _other = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_is_stored_is_there_and_what_is_removed_is_not()
    {
        foreach (NewObject stored in Objects.Take(200))
            Assert.True(await _one.StoreAsync(Repository, stored.Id, stored.Envelope, default));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => i < 200), await _other.ContainsAsync(Repository, Objects.Ids(), default));
        Assert.DoesNotContain(true, await _one.ContainsAsync(Contents.OtherRepository, Objects.Ids(), default));

        CachedValue value = await _one.FindAsync(Repository, Objects[0].Id, default);
        Assert.Equal(($"{_server.Host}:{_server.Port}", true), (value.Place, value.IsAnswering));
        Assert.True(value.Value.Span.SequenceEqual(Objects[0].Envelope.Span));

        Assert.True(await _other.RemoveAsync(Repository, Objects[0].Id, default));
        Assert.True((await _one.FindAsync(Repository, Objects[0].Id, default)).Value.IsEmpty);
        Assert.Equal((0L, 0L), (_one.Statistics.Hits, _one.Statistics.Misses));
    }

    [Fact]
    public async Task Commits_are_not_taken()
    {
        NewObject commit = Contents.Make(1, kind: ObjectKind.Commit);
        Assert.False(await _one.StoreAsync(Repository, commit.Id, commit.Envelope, default));
    }

    [Fact]
    public async Task Forgetting_a_repository_leaves_the_others_and_holds_for_servers_that_start_later()
    {
        foreach (RepositoryName name in (RepositoryName[])[Repository, Contents.OtherRepository])
            Assert.True(await _one.StoreAsync(name, Objects[0].Id, Objects[0].Envelope, default));

        long first = Assert.NotNull(await _one.ForgetAsync(Repository, default));
        Assert.False(await IsInAsync(_one, Repository));
        Assert.True(await IsInAsync(_one, Contents.OtherRepository));

        // The other has not asked about the repository yet, so it learns of the flush with its first question.
        Assert.False(await IsInAsync(_other, Repository));
        Assert.True(await _other.StoreAsync(Repository, Objects[0].Id, Objects[0].Envelope, default));
        Assert.True(await IsInAsync(_one, Repository));

        Assert.True(await _other.ForgetAsync(Repository, default) > first);
    }

    [Fact]
    public async Task Without_an_answer_nothing_is_forgotten()
    {
        Assert.True(await _one.StoreAsync(Repository, Objects[0].Id, Objects[0].Envelope, default));
        await _server.KillAsync();
        Assert.Null(await _one.ForgetAsync(Repository, default));
        Assert.False(await _one.RemoveAsync(Repository, Objects[0].Id, default));
        Assert.False(await _one.StoreAsync(Repository, Objects[0].Id, Objects[0].Envelope, default));
        Assert.False(await IsInAsync(_one, Repository));
    }

    private static async Task<bool> IsInAsync(MemcachedEnvelopeCache cache, RepositoryName repository) =>
        (await cache.ContainsAsync(repository, Objects.Take(1).Ids(), default))[0];
}
