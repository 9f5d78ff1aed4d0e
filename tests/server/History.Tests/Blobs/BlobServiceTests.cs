using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Blobs;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Tests.Blobs;

public sealed class BlobServiceTests
{
    [Fact]
    public async Task Each_id_is_answered_once_and_missing_ones_are_empty()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject[] blobs = [.. Enumerable.Range(0, 5_000).Select(i => GitObject.Blob($"contents of {i}"))];
        GitObject absent = GitObject.Blob("absent");
        await server.FillAsync(blobs);

        List<ObjectEntry> entries = await GetAsync(server, [.. blobs, absent, blobs[0]]);
        Assert.Equal(blobs.Length + 1, entries.Count);
        Dictionary<ObjectId, ObjectEntry> byId = entries.ToDictionary(e => new ObjectId(e.Id.Span));
        Assert.True(byId[absent.Id].Envelope.IsEmpty);
        Assert.All(blobs, b => Assert.Equal(b.Body, ObjectEnvelope.Open(byId[b.Id].Envelope.Span, b.Id, out _)));
    }

    [Fact]
    public async Task An_object_larger_than_any_batch_travels()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] body = new byte[9 << 20];
        new Random(7).NextBytes(body);
        GitObject large = GitObject.Of(ObjectKind.Blob, body);
        await server.FillAsync([large]);
        ObjectEntry entry = Assert.Single(await GetAsync(server, [large]));
        Assert.Equal(body, ObjectEnvelope.Open(entry.Envelope.Span, large.Id, out _));
    }

    [Fact]
    public async Task What_the_source_defers_is_asked_again()
    {
        ScriptedSource source = new(request => [.. request.Select((_, i) => i == 0 ? BlobEntry.Found(new byte[] { 1 }) : BlobEntry.Deferred)]);
        await using TestServer server = await TestServer.StartAsync(blobs: source);
        Assert.Equal(3, (await GetAsync(server, [GitObject.Blob("1"), GitObject.Blob("2"), GitObject.Blob("3")])).Count);
        Assert.Equal([3, 2, 1], source.Asked);
    }

    [Theory]
    [InlineData(BlobTransportError.UnknownRepository, RpcStatusCode.NotFound)]
    [InlineData(BlobTransportError.Overloaded, RpcStatusCode.ResourceExhausted)]
    [InlineData(BlobTransportError.SourceFailed, RpcStatusCode.Unavailable)]
    public async Task Failures_of_the_source_become_a_status(BlobTransportError error, RpcStatusCode status)
    {
        await using TestServer server = await TestServer.StartAsync(blobs: new ScriptedSource(_ => throw new BlobTransportException(error, "as scripted")));
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => GetAsync(server, [GitObject.Blob("1")]));
        Assert.Equal((status, "as scripted"), (e.StatusCode, e.Detail));
    }

    [Fact]
    public async Task The_offer_depends_on_what_the_client_called()
    {
        await using TestServer server = await TestServer.StartAsync(offers: new EchoOffers());
        await server.CreateAsync();
        BlobOffer offer = await server.Client.UnaryAsync(BlobMethods.GetOffer, new GetOfferRequest { Repository = TestServer.Repository });
        Assert.Equal(server.Client.Address.Authority, Assert.Single(offer.Endpoints).Host);
        Assert.Equal(offer, (await server.ReadHistoryAsync())[0].Head.Blobs);

        RpcException e = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.UnaryAsync(BlobMethods.GetOffer, new GetOfferRequest { Repository = "absent" }));
        Assert.Equal(RpcStatusCode.NotFound, e.StatusCode);
    }

    private static async Task<List<ObjectEntry>> GetAsync(TestServer server, IEnumerable<GitObject> objects)
    {
        GetBlobsRequest request = new() { Repository = TestServer.Repository, Ids = { objects.Select(o => o.RawId) } };
        using RpcServerStreamingCall<ObjectBatch> call = server.Client.ServerStreaming(BlobMethods.GetBlobs, request);
        return await TestServer.ReadAllAsync(call.ResponseStream);
    }

    private sealed class ScriptedSource(Func<ObjectId[], BlobEntry[]> answer) : IBlobSource
    {
        public List<int> Asked { get; } = [];

        public ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
        {
            Asked.Add(ids.Length);
            return new(new BlobBatch(answer(ids.ToArray()), null));
        }
    }

    private sealed class EchoOffers : IBlobOffers
    {
        public BlobOffer For(string authority, bool forEdge) => new() { Endpoints = { new BlobEndpoint { Transport = "ucx", Host = authority, Port = 1 } } };
    }
}
