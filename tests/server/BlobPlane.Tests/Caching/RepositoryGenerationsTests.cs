using Monorepo.BlobPlane.Caching;
using Monorepo.Core;
using Monorepo.Memcached;
using Monorepo.Testing.Processes;

namespace Monorepo.BlobPlane.Tests.Caching;

public sealed class RepositoryGenerationsTests
{
    private static readonly RepositoryName Repository = Contents.Repository;

    [Fact]
    public async Task A_process_learns_of_a_flush_by_another_and_stores_it_again_when_memcached_lost_it()
    {
        if (MemcachedServer.WhyUnavailable is { } reason)
            Assert.Skip(reason);
        await using MemcachedServer server = await MemcachedServer.StartAsync();
        using MemcachedClient client = new(new MemcachedOptions
        {
            Nodes = [new MemcachedEndpoint(server.Host, server.Port)],
            OperationTimeout = Contents.Deadline,
            ConnectTimeout = Contents.Deadline,
        });
        Clock clock = new();
        RepositoryGenerations one = new(client, clock);
        RepositoryGenerations other = new(client, clock);
        Assert.Equal(0, await one.GetAsync(Repository, default));

        long flushed = Assert.NotNull(await other.BeginNextAsync(Repository, default));
        Assert.Equal(0, await one.GetAsync(Repository, default));
        clock.Advance(RepositoryGenerations.RefreshInterval);
        await UntilAsync(async () => await one.GetAsync(Repository, default) == flushed);

        Assert.True(await client.DeleteAsync(EnvelopeKey.ForGeneration(Repository)));
        clock.Advance(RepositoryGenerations.RefreshInterval);
        Assert.Equal(flushed, await one.GetAsync(Repository, default));
        await UntilAsync(async () => (await client.GetAsync(EnvelopeKey.ForGeneration(Repository))).IsHit);
        Assert.Equal(flushed, await new RepositoryGenerations(client, clock).GetAsync(Repository, default));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Contents.Deadline);
        while (!await condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);
    }
}
