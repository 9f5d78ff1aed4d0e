using Monorepo.Core;
using Monorepo.Testing.Blobs;

namespace Monorepo.Blobs.Ucx.Tests;

public sealed class UcxBlobServerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    public UcxBlobServerTests() => UcxHarness.SkipWithoutUcx();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_envelope_longer_than_the_largest_message_arrives_whole()
    {
        InMemoryBlobSource source = new() { ReplyBytesTarget = long.MaxValue };
        ObjectId id = source.AddRandom(new Random(1), BlobLimits.MessageBytesMax + 4_097);
        ObjectId[] ids = [source.AddRandom(new Random(2), 7), id, source.AddRandom(new Random(3), 7)];
        await using UcxHarness harness = await UcxHarness.StartAsync(source, UcxFabric.LoopbackTcp);

        using BlobReply reply = await harness.Transport.GetAsync(InMemoryBlobSource.Repository, ids, TestEnds).AsTask().WaitAsync(s_patience, TestEnds);

        for (int i = 0; i < ids.Length; i++)
            Assert.True(reply.EnvelopeAt(i).Span.SequenceEqual(source.Find(ids[i])!.Value.Span));
    }

    [Fact]
    public async Task Several_clients_at_once_get_what_they_asked()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        InMemoryBlobSource source = new();
        ObjectId[] known = [.. Enumerable.Range(0, 200).Select(_ => source.AddRandom(random, random.Next(1, 30_000)))];
        UcxBlobServerSettings settings = UcxHarness.ServerSettings with { ReplyBytesPerSessionMax = 100_000, ReplyBytesAlways = 1 };
        await using UcxBlobServer server = await UcxBlobServer.StartAsync(settings, source);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(client => Task.Run(
            async () =>
            {
                await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(UcxHarness.ClientSettings(server), TestEnds);
                await Task.WhenAll(Enumerable.Range(0, 100).Select(async round =>
                {
                    ObjectId[] ids = [.. Enumerable.Range(0, 8).Select(i => known[((client * 31) + (round * 7) + i) % known.Length])];
                    using BlobReply reply = await transport.GetAsync(InMemoryBlobSource.Repository, ids, TestEnds);
                    for (int i = 0; i < ids.Length; i++)
                        Assert.True(reply.EnvelopeAt(i).Span.SequenceEqual(source.Find(ids[i])!.Value.Span), $"seed {seed}, client {client}, round {round}");
                }));
            },
            TestEnds))).WaitAsync(s_patience, TestEnds);

        Assert.Equal(500, source.Calls);
    }

    [Fact]
    public async Task Statistics_count_sessions_and_replies()
    {
        InMemoryBlobSource source = new();
        ObjectId id = source.AddRandom(new Random(4), 100);
        await using UcxHarness harness = await UcxHarness.StartAsync(source, UcxFabric.LoopbackTcp);
        Assert.Equal(1, harness.Server.Statistics.Sessions);
        (await harness.Transport.GetAsync(InMemoryBlobSource.Repository, new[] { id }, TestEnds)).Dispose();
        await harness.DisposeAsync();
        UcxBlobServerStatistics last = harness.Server.Statistics;
        Assert.Equal(new UcxBlobServerStatistics(0, 0, 1, last.ReplyBytesSent, 0), last);
        Assert.InRange(last.ReplyBytesSent, 104, 200);
    }
}
