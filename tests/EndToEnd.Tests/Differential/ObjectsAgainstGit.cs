using System.Net;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>Every object of the history comes back from the server with the bytes that its id was computed from.</summary>
public abstract class ObjectsAgainstGit(ServedHistory served)
{
    private const int BatchIds = 20_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Every_object_comes_back_over_grpc()
    {
        using RpcChannel channel = new(served.Server.Address, new RpcChannelOptions { ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax });
        await using GrpcBlobTransport transport = new(channel);
        await ReadAllAsync(transport);
    }

    [Fact]
    public async Task Every_object_comes_back_over_ucx()
    {
        using CancellationTokenSource deadline = new(s_patience);
        using RpcChannel channel = new(served.Server.Address);
        BlobOffer offer = await channel.UnaryAsync(
            BlobMethods.GetOffer, new GetOfferRequest { Repository = ServedHistory.Name }, cancellationToken: deadline.Token);
        BlobEndpoint? endpoint = offer.Endpoints.FirstOrDefault(e => string.Equals(e.Transport, "ucx", StringComparison.Ordinal));
        Assert.SkipWhen(endpoint is null, "The server offers no UCX here.");
        await using UcxBlobTransport transport = await UcxBlobTransport.ConnectAsync(
            new UcxBlobClientSettings
            {
                Address = new IPEndPoint(IPAddress.Parse(endpoint.Host), (int)endpoint.Port),
                Token = endpoint.Token.Memory,
            },
            deadline.Token);
        await ReadAllAsync(transport);
    }

    private async Task ReadAllAsync(IBlobTransport transport)
    {
        using CancellationTokenSource deadline = new(s_patience);
        RepositoryName repository = RepositoryName.Parse(ServedHistory.Name);
        // rev-list names what the refs reach, once each: commits, trees, blobs and annotated tags.
        ObjectId[] ids = [.. served.Git.Lines("rev-list", "--objects", "--no-object-names", "--all").Select(id => ObjectId.Parse(id))];
        Assert.NotEmpty(ids);
        int read = 0;
        for (int at = 0; at < ids.Length; at += BatchIds)
        {
            ReadOnlyMemory<ObjectId> batch = ids.AsMemory(at, Math.Min(BatchIds, ids.Length - at));
            await foreach ((ObjectId id, BlobEntry entry) in transport.GetAllAsync(repository, batch, deadline.Token))
            {
                Assert.True(entry.Outcome == BlobOutcome.Found, $"{id} is {entry.Outcome}.");
                ObjectEnvelope.Open(entry.Envelope.Span, id, out _);
                read++;
            }
        }

        Assert.Equal(ids.Length, read);
    }
}
