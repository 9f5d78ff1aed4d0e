using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.BlobPlane.Tests.Fakes;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Memcached;
using Monorepo.Storage;
using Monorepo.Testing.Processes;

namespace Monorepo.BlobPlane.Tests.Caching;

/// <summary>Several servers' tiers over one real memcached and one store: who reads what.</summary>
public sealed class MemcachedLeasedOriginTests : IAsyncLifetime
{
    private static readonly RepositoryName Repository = Contents.Repository;
    private readonly List<Server> _running = [];
    private MemcachedServer _memcached = null!;

    public async ValueTask InitializeAsync() => _memcached = await MemcachedServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (Server server in _running)
            await server.DisposeAsync();
        await _memcached.DisposeAsync();
    }

    [Fact]
    public async Task Many_servers_that_miss_at_once_make_one_read()
    {
        NewObject[] objects = Contents.MakeMany(200);
        var store = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        Server[] servers = [.. Enumerable.Range(0, 6).Select(_ => Start(store))];
        store.Close();
        Task<BlobBatch>[] requests = [.. servers.Select(s => Task.Run(async () => await s.Source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default)))];
        await store.Arrived.Task.WaitAsync(Contents.Deadline);
        await Contents.UntilAsync(() => servers.Sum(s => s.Client.Statistics[0].LeasesLost) >= 5 * objects.Length);
        store.Open();

        foreach (BlobBatch batch in await Task.WhenAll(requests).WaitAsync(Contents.Deadline))
            Contents.AssertFound(objects, batch);
        Assert.Equal(objects.Length, servers.Sum(s => s.Origin.Statistics.Won));
        Assert.Equal(5 * objects.Length, servers.Sum(s => s.Origin.Statistics.Spared));
        Assert.Equal(0, servers.Sum(s => s.Origin.Statistics.TimedOut));
        Assert.All(store.Asked, a => Assert.Equal(1, a.Value));
    }

    [Fact]
    public async Task Servers_that_ask_in_opposite_orders_do_not_wait_for_each_other()
    {
        NewObject[] objects = Contents.MakeMany(100);
        var store = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        // A wait would fail the test by its deadline.
        MemcachedEnvelopeCacheOptions patient = new() { LeaseWaitMax = TimeSpan.FromHours(1), LeaseTime = TimeSpan.FromHours(1) };
        Server left = Start(store, patient), right = Start(store, patient);
        for (int round = 0; round < 10; round++)
        {
            NewObject[] part = objects[(round * 10)..((round + 1) * 10)];
            NewObject[] reversed = [.. part.Reverse()];
            Task<BlobBatch> first = Task.Run(async () => await left.Source.GetAsync(Repository, part.Ids(), BlobReadOptions.None, default));
            Task<BlobBatch> second = Task.Run(async () => await right.Source.GetAsync(Repository, reversed.Ids(), BlobReadOptions.None, default));
            Contents.AssertFound(part, await first.WaitAsync(Contents.Deadline));
            Contents.AssertFound(reversed, await second.WaitAsync(Contents.Deadline));
        }

        Assert.All(store.Asked, a => Assert.Equal(1, a.Value));
    }

    [Fact]
    public async Task A_reader_that_died_holds_the_others_up_for_a_bounded_time()
    {
        NewObject[] objects = Contents.MakeMany(5);
        using MemcachedClient dead = Connect();
        await dead.GetOrLeaseAsync(EnvelopeKey.For(Repository, 0, objects.Ids()), TimeSpan.FromHours(1));
        dead.Dispose();
        var store = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        Server server = Start(store, new() { LeaseWaitMax = TimeSpan.FromMilliseconds(50) });
        Contents.AssertFound(objects, await server.GetAsync(objects.Ids()).WaitAsync(Contents.Deadline));
        Assert.Equal(objects.Length, server.Origin.Statistics.TimedOut);

        // What it read is there for the others.
        await Contents.UntilAsync(() => server.Cache.Statistics.Fills == objects.Length);
        Server other = Start(store);
        Contents.AssertFound(objects, await other.GetAsync(objects.Ids()));
        Assert.Equal(objects.Length, other.Cache.Statistics.Hits);
    }

    [Fact]
    public async Task A_turn_that_ends_is_taken_over_by_one_of_those_who_wait()
    {
        NewObject[] objects = Contents.MakeMany(5);
        using MemcachedClient dead = Connect();
        await dead.GetOrLeaseAsync(EnvelopeKey.For(Repository, 0, objects.Ids()), TimeSpan.FromSeconds(1));
        dead.Dispose();
        var store = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        MemcachedEnvelopeCacheOptions patient = new() { LeaseWaitMax = TimeSpan.FromHours(1) };
        Server[] servers = [Start(store, patient), Start(store, patient), Start(store, patient)];
        foreach (BlobBatch batch in await Task.WhenAll(servers.Select(s => Task.Run(() => s.GetAsync(objects.Ids())))).WaitAsync(Contents.Deadline))
            Contents.AssertFound(objects, batch);
        Assert.All(store.Asked, a => Assert.Equal(1, a.Value));
    }

    [Fact]
    public async Task What_will_not_be_stored_keeps_nobody_waiting()
    {
        NewObject commit = Contents.Make(1, kind: ObjectKind.Commit);
        ObjectId[] ids = [commit.Id, Contents.Unknown(1)];
        var store = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(commit)));
        MemcachedEnvelopeCacheOptions patient = new() { LeaseWaitMax = TimeSpan.FromHours(1), LeaseTime = TimeSpan.FromHours(1) };
        Server left = Start(store, patient), right = Start(store, patient);
        foreach (Server server in (Server[])[left, right, left])
        {
            using BlobBatch batch = await server.GetAsync(ids).WaitAsync(Contents.Deadline);
            Assert.Equal([BlobOutcome.Found, BlobOutcome.Missing], batch.Entries.ToArray().Select(e => e.Outcome));
        }

        store.Failure = new IOException("a bad sector");
        await Assert.ThrowsAnyAsync<IOException>(() => left.GetAsync([Contents.Unknown(2)]).WaitAsync(Contents.Deadline));
        store.Failure = null;
        using BlobBatch after = await right.GetAsync([Contents.Unknown(2)]).WaitAsync(Contents.Deadline);
        Assert.Equal(BlobOutcome.Missing, after.Entries.Span[0].Outcome);
    }

    [Fact]
    public async Task Without_memcached_everyone_reads()
    {
        NewObject[] objects = Contents.MakeMany(50);
        Server server = Start(new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects))));
        await _memcached.KillAsync();
        for (int round = 0; round < 4; round++)
            Contents.AssertFound(objects, await server.GetAsync(objects.Ids()).WaitAsync(Contents.Deadline));
    }

    private MemcachedClient Connect() => new(new MemcachedOptions
    {
        Nodes = [new MemcachedEndpoint(_memcached.Host, _memcached.Port)],
        OperationTimeout = Contents.Deadline,
        ConnectTimeout = Contents.Deadline,
    });

    private Server Start(IEnvelopeOrigin store, MemcachedEnvelopeCacheOptions? options = null)
    {
        // Patient by default, so that a busy machine is never taken for a dead reader.
        var server = new Server(Connect(), store, options ?? new() { LeaseWaitMax = Contents.Deadline, LeaseTime = Contents.Deadline });
        _running.Add(server);
        return server;
    }

    private sealed class Server : IAsyncDisposable
    {
        public Server(MemcachedClient client, IEnvelopeOrigin store, MemcachedEnvelopeCacheOptions options)
        {
            Client = client;
            Cache = new MemcachedEnvelopeCache(client, options);
            Origin = Cache.Lease(store);
            Source = new TieredBlobSource([Cache], Origin);
        }

        public MemcachedClient Client { get; }

        public MemcachedEnvelopeCache Cache { get; }

        public MemcachedLeasedOrigin Origin { get; }

        public TieredBlobSource Source { get; }

        public Task<BlobBatch> GetAsync(ObjectId[] ids) => Source.GetAsync(Repository, ids, BlobReadOptions.None, default).AsTask();

        public async ValueTask DisposeAsync()
        {
            Source.Dispose();
            await Cache.DisposeAsync();
            Client.Dispose();
        }
    }
}
