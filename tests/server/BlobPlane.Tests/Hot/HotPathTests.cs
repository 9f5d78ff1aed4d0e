using Monorepo.BlobPlane.Hot;
using Monorepo.Blobs;
using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.Native.Ucx;
using Monorepo.Testing.Blobs;

namespace Monorepo.BlobPlane.Tests.Hot;

/// <summary>The hot set behind real UCX on the loopback: what is hot is answered on the I/O thread, and never asks the source.</summary>
public sealed class HotPathTests : IDisposable
{
    private static readonly byte[] s_token = "a token"u8.ToArray();
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly NativeArena _arena = new((64L << 20) + (32 << 20));
    private readonly HotSet _hot;
    private readonly InMemoryBlobSource _source = new();
    private readonly List<ObjectId> _ids = [];

    public HotPathTests()
    {
        UcxLoad load = UcxRuntime.TryLoad();
        if (!load.IsUsable)
            Assert.Skip(load.Problem!);
        _hot = new HotSet(_arena, 64L << 20);
        Random random = new(1);
        foreach (int length in (int[])[1, 100, 1_000, 5_000, 20_000, 70_000, 300_000, 1_500_000, 4_000_000])
        {
            for (int i = 0; i < 4; i++)
            {
                ObjectId id = _source.AddRandom(random, length + i);
                _hot.Offer(InMemoryBlobSource.Repository, id, _source.Find(id)!.Value.Span);
                _ids.Add(id);
            }
        }
    }

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public static TheoryData<string, UcxFabric> Fabrics => new()
    {
        { "tcp", UcxFabric.LoopbackTcp },
        { "shared memory", UcxFabric.SameHost },
        { "tcp with registered memory", UcxFabric.LoopbackTcp with { RegistersMemory = true } },
        { "tcp with small pieces", UcxFabric.LoopbackTcp with { PieceBytes = 64 << 10, SendWindowBytes = 64 << 10 } },
    };

    public void Dispose()
    {
        _hot?.Dispose();
        _arena.Dispose();
    }

    private Task<UcxBlobServer> ServeAsync(UcxFabric fabric, int threads = 2) => UcxBlobServer.StartAsync(
        new UcxBlobServerSettings { Fabric = fabric, Arena = _arena, Threads = threads, TokenCheck = UcxBlobServerSettings.SharedToken(s_token), DrainTimeoutMs = 2_000 },
        _source,
        _hot);

    private static Task<UcxBlobTransport> ConnectAsync(UcxBlobServer server, UcxFabric fabric) =>
        UcxBlobTransport.ConnectAsync(new UcxBlobClientSettings { Address = server.Address, Token = s_token, Fabric = fabric }, TestEnds);

    private void AssertMatches(ObjectId[] ids, BlobReply reply)
    {
        for (int i = 0; i < ids.Length; i++)
            Assert.True(reply.EnvelopeAt(i).Span.SequenceEqual(_source.Find(ids[i])!.Value.Span), $"Entry {i} differs.");
    }

    [Theory]
    [MemberData(nameof(Fabrics), DisableDiscoveryEnumeration = true)]
    public async Task Several_clients_get_what_is_hot_without_asking_the_source(string name, UcxFabric fabric)
    {
        Assert.NotEmpty(name);
        int seed = Random.Shared.Next();
        await using (UcxBlobServer server = await ServeAsync(fabric))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(client => Task.Run(
                async () =>
                {
                    await using UcxBlobTransport transport = await ConnectAsync(server, fabric);
                    await Task.WhenAll(Enumerable.Range(0, 30).Select(async call =>
                    {
                        Random random = new(unchecked(seed + (client * 1_000) + call));
                        ObjectId[] ids = [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => _ids[random.Next(random.Next(3) == 0 ? _ids.Count : 20)])];
                        using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, ids, TestEnds);
                        AssertMatches(ids, reply);
                    }));
                },
                TestEnds))).WaitAsync(s_patience, TestEnds);
            Assert.Equal(120, server.Statistics.RequestsServed);
            Assert.Equal(2, server.Threads);
        }

        Assert.Equal(0, _source.Calls);
        // Nothing is pinned any more: all segments can be had back.
        _hot.Clear();
        Assert.True(_arena.Statistics.HeldBytes[MemoryOwner.HotSet] <= 2 << 20);
    }

    [Fact]
    public async Task A_request_of_which_something_is_not_hot_goes_to_the_source()
    {
        ObjectId cold = _source.AddRandom(new Random(2), 500);
        await using UcxBlobServer server = await ServeAsync(UcxFabric.LoopbackTcp);
        await using UcxBlobTransport transport = await ConnectAsync(server, UcxFabric.LoopbackTcp);
        ObjectId[] ids = [_ids[0], cold, _ids[^1]];
        using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, ids, TestEnds);
        AssertMatches(ids, reply);
        Assert.Equal(1, _source.Calls);
    }

    [Fact]
    public async Task What_does_not_fit_in_a_reply_is_deferred()
    {
        await using UcxBlobServer server = await ServeAsync(UcxFabric.LoopbackTcp);
        await using UcxBlobTransport transport = await ConnectAsync(server, UcxFabric.LoopbackTcp);
        ObjectId[] ids = [.. Enumerable.Repeat(_ids[^1], 20), _ids[0]];
        using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, ids, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);
        Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(15));
        Assert.Equal(BlobOutcome.Deferred, reply.OutcomeAt(16));
        Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(20));
        Assert.Equal(0, _source.Calls);
    }

    [Fact]
    public async Task A_client_without_memory_for_a_reply_is_told_and_goes_on_when_it_has_some()
    {
        await using UcxBlobServer server = await ServeAsync(UcxFabric.LoopbackTcp);
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(
            new UcxBlobClientSettings { Address = server.Address, Token = s_token, MemoryBytesMax = 8 << 20 }, TestEnds);
        ObjectId[] large = [_ids[^1]];
        BlobReply held = await transport.GetAsync(InMemoryBlobSource.Repository, large, TestEnds);
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(
            () => transport.GetAsync(InMemoryBlobSource.Repository, large, TestEnds).AsTask().WaitAsync(s_patience, TestEnds));
        Assert.Equal(BlobTransportError.Overloaded, failure.Error);
        Assert.True(transport.Memory.PeakBytes <= transport.Memory.LimitBytes);
        held.Dispose();
        using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, large, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);
        AssertMatches(large, reply);
    }
}
