using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.BlobPlane.Tests.Fakes;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Memcached;
using Monorepo.Storage;
using Monorepo.Testing.Processes;

namespace Monorepo.BlobPlane.Tests;

/// <summary>The whole path over real memcached processes.</summary>
public sealed class MemcachedTierTests : IAsyncLifetime
{
    private static readonly RepositoryName Repository = Contents.Repository;
    private readonly List<MemcachedServer> _servers = [];
    private MemcachedClient _client = null!;
    private MemcachedEnvelopeCache _cache = null!;
    private TieredBlobSource? _source;

    public async ValueTask InitializeAsync()
    {
        if (MemcachedServer.WhyUnavailable is { } reason)
            Assert.Skip(reason);
        _servers.Add(await MemcachedServer.StartAsync());
        _servers.Add(await MemcachedServer.StartAsync());
        _client = new MemcachedClient(new MemcachedOptions
        {
            Nodes = [.. _servers.Select(s => new MemcachedEndpoint(s.Host, s.Port))],
            OperationTimeout = Contents.Deadline,
            ConnectTimeout = Contents.Deadline,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _source?.Dispose();
        if (_cache is not null)
            await _cache.DisposeAsync();
        _client?.Dispose();
        foreach (MemcachedServer server in _servers)
            await server.DisposeAsync();
    }

    [Fact]
    public async Task A_miss_fills_memcached_and_the_next_request_needs_no_store()
    {
        NewObject[] objects = [.. Contents.MakeMany(500), Contents.Make(1000, 3_000_000), Contents.Make(1001, kind: ObjectKind.Tree)];
        GatedOrigin origin = await BuildAsync(objects);
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        await FilledAsync(objects.Length);
        int reads = origin.Reads;

        Contents.AssertFound(objects, await GetAsync(objects.Ids()));

        Assert.Equal(reads, origin.Reads);
        EnvelopeCacheStatistics statistics = _cache.Statistics;
        Assert.Equal((objects.Length, (long)objects.Length, 0L), ((int)statistics.Hits, statistics.Misses, statistics.Rejections));
        Assert.Equal(objects.Sum(o => o.Envelope.Length), statistics.HitBytes);
        Assert.All(_client.Statistics, node => Assert.True(node.Hits > 0));
    }

    [Fact]
    public async Task Commits_and_tags_stay_out_of_memcached()
    {
        NewObject[] objects = [Contents.Make(1, kind: ObjectKind.Commit), Contents.Make(2, kind: ObjectKind.Tag), Contents.Make(3)];
        await BuildAsync(objects);
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        await FilledAsync(1);
        await GetAsync(objects.Ids());
        Assert.Equal((1L, 1L), (_cache.Statistics.Hits, _cache.Statistics.Fills));
    }

    [Fact]
    public async Task Another_repositorys_objects_are_not_served_from_memcached()
    {
        NewObject[] objects = Contents.MakeMany(10);
        await BuildAsync(objects);
        await GetAsync(objects.Ids());
        await FilledAsync(objects.Length);
        using BlobBatch batch = await _source!.GetAsync(Contents.OtherRepository, objects.Ids(), BlobReadOptions.None, default);
        Assert.All(batch.Entries.ToArray(), e => Assert.Equal(BlobOutcome.Missing, e.Outcome));
    }

    [Fact]
    public async Task Killing_memcached_mid_run_costs_nothing_but_store_reads()
    {
        NewObject[] objects = Contents.MakeMany(400);
        GatedOrigin origin = await BuildAsync(objects);
        await GetAsync(objects.Ids());
        await FilledAsync(objects.Length);

        var firstRounds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int reads = origin.Reads, answered = 0;
        Task[] readers = [.. Enumerable.Range(0, 8).Select(reader => Task.Run(async () =>
        {
            for (int round = 0; round < 10; round++)
            {
                Contents.AssertFound(objects, await GetAsync(objects.Ids()));
                if (Interlocked.Increment(ref answered) == 20)
                    firstRounds.SetResult();
            }
        }))];
        await firstRounds.Task.WaitAsync(Contents.Deadline);
        await _servers[0].KillAsync();
        await Task.WhenAll(readers).WaitAsync(Contents.Deadline);
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        Assert.True(origin.Reads > reads);

        await _servers[1].KillAsync();
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
    }

    [Fact]
    public async Task Poisoned_values_are_detected_replaced_and_never_served()
    {
        NewObject[] objects = Contents.MakeMany(6);
        NewObject foreign = Contents.Make(77);
        GatedOrigin origin = await BuildAsync(objects, verify: true);
        byte[] flipped = objects[1].Envelope.ToArray();
        flipped[^1] ^= 1;
        byte[] bomb = new byte[20];
        bomb[0] = (byte)ObjectKind.Blob | ((byte)ObjectCodec.Zstd << 4);
        bomb.AsSpan(1, 3).Fill(0xFF);
        ReadOnlyMemory<byte>[] poison = [foreign.Envelope, flipped, bomb, "garbage"u8.ToArray(), Array.Empty<byte>(), objects[5].Envelope[..^1]];
        await PoisonAsync(objects, poison);

        Contents.AssertFound(objects, await GetAsync(objects.Ids()));

        Assert.Equal(objects.Length, _cache.Statistics.Rejections);
        await FilledAsync(objects.Length);
        int reads = origin.Reads;
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        Assert.Equal(reads, origin.Reads);
    }

    [Fact]
    public async Task A_reader_who_got_a_wrong_object_asks_again_and_it_is_gone_for_everyone()
    {
        NewObject[] objects = Contents.MakeMany(3);
        NewObject foreign = Contents.Make(77);
        GatedOrigin origin = await BuildAsync(objects);
        var rejected = new List<EnvelopesRejectedEventArgs>();
        _cache.Rejected += (_, e) => rejected.Add(e);
        await GetAsync(objects.Ids());
        await FilledAsync(objects.Length);
        await PoisonAsync(objects, [foreign.Envelope]);

        // Well-formed, so it is served: its reader notices.
        Contents.AssertFound([foreign, .. objects[1..]], await GetAsync(objects.Ids()));
        Assert.Equal(0, _cache.Statistics.Rejections);
        int reads = origin.Reads;
        Contents.AssertFound(objects, await _source!.GetAsync(Repository, objects.Ids(), BlobReadOptions.Verify, default));

        Assert.Equal((1L, reads + 1), (_cache.Statistics.Rejections, origin.Reads));
        EnvelopesRejectedEventArgs told = Assert.Single(rejected);
        Assert.Equal((Repository, objects[0].Id, 1), (told.Repository, told.First, told.Count));
        await FilledAsync(objects.Length + 1);
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        Assert.Equal(reads + 1, origin.Reads);
    }

    [Fact]
    public async Task What_is_rejected_is_gone_from_memcached_even_when_the_store_can_not_replace_it()
    {
        NewObject[] objects = Contents.MakeMany(1);
        await BuildAsync([]);
        await PoisonAsync(objects, ["garbage"u8.ToArray()]);
        using BlobBatch batch = await GetAsync(objects.Ids());
        Assert.Equal(BlobOutcome.Missing, batch.Entries.Span[0].Outcome);
        Assert.False((await _client.GetAsync(EnvelopeKey.For(Repository, 0, objects.Ids())[0])).IsHit);
    }

    [Fact]
    public async Task What_is_no_envelope_is_detected_without_verification_too()
    {
        NewObject[] objects = Contents.MakeMany(4);
        await BuildAsync(objects, verify: false);
        ReadOnlyMemory<byte>[] poison = ["garbage"u8.ToArray(), Array.Empty<byte>(), objects[2].Envelope[..^1], Contents.Make(1, kind: ObjectKind.Commit).Envelope];
        await PoisonAsync(objects, poison);
        Contents.AssertFound(objects, await GetAsync(objects.Ids()));
        Assert.Equal(objects.Length, _cache.Statistics.Rejections);
    }

    [Fact]
    public async Task Sixty_four_simultaneous_misses_cost_one_read_and_one_fill()
    {
        NewObject[] objects = Contents.MakeMany(1);
        GatedOrigin origin = await BuildAsync(objects);
        origin.Close();
        Task<BlobBatch>[] requests = [.. Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await GetAsync(objects.Ids())))];
        await Contents.UntilAsync(() => _source!.Statistics.Origin.Collapsed == 63);
        origin.Open();
        foreach (BlobBatch batch in await Task.WhenAll(requests).WaitAsync(Contents.Deadline))
            Contents.AssertFound(objects, batch);
        Assert.Equal(1, origin.Reads);
        await FilledAsync(1);
        Assert.Equal(1, _client.Statistics.Sum(n => n.Stores));
    }

    private async Task<GatedOrigin> BuildAsync(NewObject[] objects, bool verify = false)
    {
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        _cache = new MemcachedEnvelopeCache(_client, new MemcachedEnvelopeCacheOptions { VerifyIds = verify });
        _source = new TieredBlobSource([_cache], origin);
        return origin;
    }

    private ValueTask<BlobBatch> GetAsync(ObjectId[] ids) => _source!.GetAsync(Repository, ids, BlobReadOptions.None, default);

    private Task FilledAsync(int envelopes) => Contents.UntilAsync(() => _cache.Statistics.Fills == envelopes);

    private async Task PoisonAsync(NewObject[] objects, ReadOnlyMemory<byte>[] poison)
    {
        ReadOnlyMemory<byte>[] keys = EnvelopeKey.For(Repository, 0, objects.Ids());
        for (int i = 0; i < poison.Length; i++)
            Assert.Equal(StoreOutcome.Stored, await _client.SetAsync(keys[i], poison[i]));
    }
}
