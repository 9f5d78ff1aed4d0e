using Google.Protobuf;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Host.Tests.Serving;
using Monorepo.Memcached;
using Monorepo.Native.Ucx;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Host.Tests.Edge;

/// <summary>An edge between clients and a history server, all of them real processes.</summary>
public sealed class EdgeTests : IAsyncLifetime
{
    private EdgeFixture _fixture = null!;

    private static RepositoryName Repository => EdgeFixture.Repository;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fixture = await EdgeFixture.StartAsync();

    public async ValueTask DisposeAsync() => await _fixture.DisposeAsync();

    [Fact]
    public async Task What_is_hot_is_served_while_the_history_server_is_dead_and_the_rest_again_when_it_is_back()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        Assert.Equal(_fixture.History.Grpc.GetLeftPart(UriPartial.Authority), edge.Ready["origin"]);
        Assert.Equal("ok\n", await EdgeFixture.HealthAsync(edge));
        GrpcBlobTransport contents = _fixture.Connect(edge);
        ObjectId[] ids = _fixture.BlobIds, hot = ids[..200], cold = ids[200..];
        using (BlobReply reply = await contents.GetAsync(Repository, hot, TestEnds))
            Assert.All(Enumerable.Range(0, hot.Length), i => Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(i)));
        Assert.Equal(_fixture.TreeIds, await TreesAsync(edge), EqualityComparer<ObjectId>.Default);
        await _fixture.FilledAsync(hot.Length + _fixture.TreeIds.Length);

        await _fixture.History.SignalAsync("KILL");
        await EdgeFixture.HealthSaysAsync(edge, "\"degraded\"");
        Assert.Contains("history server", await EdgeFixture.HealthAsync(edge), StringComparison.Ordinal);
        await EdgeFixture.LogSaysAsync(edge, "[1032]");

        // Hot and cold in one question: what is there comes, and asking for the rest alone says why it does not.
        List<ObjectId> found = [];
        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(async () =>
        {
            await foreach ((ObjectId id, BlobEntry entry) in contents.GetAllAsync(Repository, ids, TestEnds))
            {
                Assert.Equal(_fixture.Blobs.First(b => b.Id == id).Body, ObjectEnvelope.Open(entry.Envelope.Span, id, out _));
                found.Add(id);
            }
        });
        Assert.Contains("history server", failure.Message, StringComparison.Ordinal);
        Assert.Empty(found.Intersect(cold));
        Assert.Equal(_fixture.TreeIds, await TreesAsync(edge), EqualityComparer<ObjectId>.Default);
        using (BlobReply reply = await contents.GetAsync(Repository, hot, TestEnds))
            Assert.All(Enumerable.Range(0, hot.Length), i => Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(i)));

        await _fixture.RestartHistoryAsync();
        await EdgeFixture.HealthSaysAsync(edge, "ok\n");
        using BlobReply all = await contents.GetAsync(Repository, ids, TestEnds);
        _fixture.AssertAll(all);
        await EdgeFixture.LogSaysAsync(edge, "[1033]");
    }

    [Fact]
    public async Task Contents_come_over_ucx_from_an_edge_that_reads_over_ucx()
    {
        Assert.SkipUnless(UcxRuntime.TryLoad().IsUsable, UcxRuntime.TryLoad().Problem ?? "");
        ServerProcess edge = await _fixture.StartEdgeAsync();
        using RpcChannel channel = new(edge.Grpc);
        BlobOffer offer = await channel.UnaryAsync(BlobMethods.GetOffer, new GetOfferRequest { Repository = Repository.Value });
        BlobEndpoint endpoint = Assert.Single(offer.Endpoints);
        await using IBlobTransport transport = new UcxTransports().TryCreate(
            new BlobAddress(endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Token.Memory), out string? reason) ?? throw new InvalidOperationException(reason);
        for (int round = 0; round < 2; round++)
        {
            using BlobReply reply = await transport.GetAsync(Repository, _fixture.BlobIds, TestEnds);
            _fixture.AssertAll(reply);
            await _fixture.FilledAsync(_fixture.Blobs.Count);
        }
    }

    [Fact]
    public async Task Edges_that_miss_at_once_spare_the_history_server()
    {
        // Turns that are long enough for the busiest machine: then nothing is read twice.
        ServerProcess[] edges = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _fixture.StartEdgeAsync("--lease-time", "60")));
        GrpcBlobTransport[] clients = [.. edges.Select(_fixture.Connect)];
        BlobReply[] replies = await Task.WhenAll(clients.Select(c => c.GetAsync(Repository, _fixture.BlobIds, TestEnds).AsTask()));
        foreach (BlobReply reply in replies)
        {
            _fixture.AssertAll(reply);
            reply.Dispose();
        }

        // Whoever reads an object stores it.
        await EdgeFixture.UntilAsync(async () => await _fixture.ReadStatisticAsync("cmd_set") >= _fixture.Blobs.Count);
        Assert.Equal(_fixture.Blobs.Count, await _fixture.ReadStatisticAsync("cmd_set"));
    }

    [Fact]
    public async Task A_poisoned_value_is_removed_logged_and_replaced_when_its_reader_complains()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        GrpcBlobTransport contents = _fixture.Connect(edge);
        using (BlobReply warm = await contents.GetAsync(Repository, _fixture.BlobIds, TestEnds))
            _fixture.AssertAll(warm);
        await _fixture.FilledAsync(_fixture.Blobs.Count);
        await PoisonAsync(_fixture.BlobIds[0], _fixture.Blobs[1].Body);

        ObjectId[] poisoned = [_fixture.BlobIds[0]];
        using (BlobReply wrong = await contents.GetAsync(Repository, poisoned, TestEnds))
            Assert.Throws<CorruptObjectException>(() => ObjectEnvelope.Open(wrong.EnvelopeAt(0).Span, poisoned[0], out _));
        using (BlobReply right = await contents.GetAsync(Repository, poisoned, BlobReadOptions.Verify, TestEnds))
            Assert.Equal(_fixture.Blobs[0].Body, ObjectEnvelope.Open(right.EnvelopeAt(0).Span, poisoned[0], out _));
        await EdgeFixture.UntilAsync(async () =>
        {
            using BlobReply reply = await contents.GetAsync(Repository, _fixture.BlobIds, TestEnds);
            _fixture.AssertAll(reply);
            return edge.Errors.Contains("[1035]", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task An_edge_told_to_verify_never_gives_a_poisoned_value()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync("--verify-cache", "on");
        await PoisonAsync(_fixture.BlobIds[0], _fixture.Blobs[1].Body);
        using BlobReply reply = await _fixture.Connect(edge).GetAsync(Repository, _fixture.BlobIds, TestEnds);
        _fixture.AssertAll(reply);
    }

    [Fact]
    public async Task An_edge_records_its_reads_warms_from_them_and_tells_its_statistics()
    {
        using DataDirectory data = new();
        ServerProcess edge = await _fixture.StartEdgeAsync("--data", data.Path);
        using RpcChannel channel = new(edge.Grpc);
        Assert.True((await channel.UnaryAsync(OperationsMethods.SetAccessLog, new SetAccessLogRequest { On = true })).On);
        using (BlobReply reply = await _fixture.Connect(edge).GetAsync(Repository, _fixture.BlobIds, TestEnds))
            _fixture.AssertAll(reply);
        await _fixture.FilledAsync(_fixture.Blobs.Count);

        await FlushAsync(channel);

        // On a busy machine memcached may not answer in time, which is told: then the same again goes on.
        ulong stored = 0;
        WarmProgress warmed;
        do
        {
            warmed = (await WarmAsync(channel, new WarmRequest { Repository = Repository.Value, RecentAccesses = true, TargetHitRate = 1 })).Result;
            stored += warmed.Stored;
        }
        while (warmed.Failed > 0);
        Assert.Equal(((ulong)_fixture.Blobs.Count, 0UL), (warmed.Stored + warmed.Skipped, warmed.Missing));
        Assert.InRange(stored, 1UL, (ulong)_fixture.Blobs.Count);
        RpcException noHistory = await Assert.ThrowsAsync<RpcException>(() => WarmAsync(channel, new WarmRequest { Repository = Repository.Value }));
        Assert.Equal(RpcStatusCode.FailedPrecondition, noHistory.StatusCode);

        ServerStatistics statistics = await channel.UnaryAsync(OperationsMethods.GetStatistics, new GetStatisticsRequest());
        Assert.Equal(["memcached", "upstream"], statistics.Blobs.Tiers.Select(t => t.Name));
        Assert.Null(statistics.Store);
        Assert.Equal((ulong)_fixture.Blobs.Count, statistics.AccessLog.Recorded);
    }

    [Fact]
    public async Task An_edge_without_a_directory_keeps_no_access_log()
    {
        ServerProcess edge = await _fixture.StartEdgeAsync();
        using RpcChannel channel = new(edge.Grpc);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(OperationsMethods.SetAccessLog, new SetAccessLogRequest { On = true }));
        Assert.Equal(RpcStatusCode.FailedPrecondition, e.StatusCode);
        Assert.Contains("--data", e.Detail, StringComparison.Ordinal);
        Assert.False((await channel.UnaryAsync(OperationsMethods.SetAccessLog, new SetAccessLogRequest())).On);
    }

    /// <summary>Until memcached has taken the new generation: on a busy machine it may not answer in time, and then nothing is flushed.</summary>
    private static async Task FlushAsync(RpcChannel channel)
    {
        while (true)
        {
            try
            {
                await channel.UnaryAsync(OperationsMethods.FlushCache, new FlushCacheRequest { Repository = Repository.Value }, cancellationToken: TestEnds);
                return;
            }
            catch (RpcException e) when (e.StatusCode == RpcStatusCode.Unavailable)
            {
                TestEnds.ThrowIfCancellationRequested();
            }
        }
    }

    private static async Task<WarmResponse> WarmAsync(RpcChannel channel, WarmRequest request)
    {
        using RpcDuplexCall<WarmRequest, WarmResponse> call = channel.Duplex(OperationsMethods.Warm);
        await call.RequestStream.WriteAsync(request, TestEnds);
        await call.RequestStream.CompleteAsync();
        WarmResponse? last = null;
        await foreach (WarmResponse response in call.ResponseStream)
            last = response;
        return last!;
    }

    private async Task PoisonAsync(ObjectId id, byte[] body)
    {
        using MemcachedClient vandal = new(new MemcachedOptions { Nodes = [.. _fixture.Memcached.Select(m => new MemcachedEndpoint(m.Host, m.Port))], OperationTimeout = EdgeFixture.Deadline });
        Assert.Equal(StoreOutcome.Stored, await vandal.SetAsync(EdgeFixture.KeyOf(id), ObjectEnvelope.Seal(ObjectKind.Blob, body)));
    }

    private async Task<List<ObjectId>> TreesAsync(ServerProcess edge)
    {
        using RpcChannel channel = new(edge.Grpc);
        GetTreesRequest request = new() { Repository = Repository.Value, Roots = { ByteString.CopyFrom(_fixture.TreeIds[0].AsSpan()) } };
        using RpcServerStreamingCall<ObjectBatch> call = channel.ServerStreaming(HistoryMethods.GetTrees, request, new RpcCallOptions { Timeout = EdgeFixture.Deadline });
        List<ObjectId> trees = [];
        while (await call.ResponseStream.MoveNextAsync(TestEnds))
        {
            foreach (ObjectEntry entry in call.ResponseStream.Current.Objects)
            {
                ObjectId id = new(entry.Id.Span);
                ObjectEnvelope.Open(entry.Envelope.Span, id, out _);
                trees.Add(id);
            }
        }

        return trees;
    }
}
