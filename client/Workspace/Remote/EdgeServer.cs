using System.Diagnostics;
using System.Runtime.CompilerServices;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// A server near the client that has contents and trees and no history. There is always another one to ask, so it is given up sooner than the
/// history server. Owns its channel. Thread-safe.
/// </summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan OfferTimeout = TimeSpan.FromSeconds(3);

    private readonly RpcChannel _channel;
    private readonly RpcCallOptions _stream;
    private readonly FetchStats _stats;

    public EdgeServer(Uri address, string repository, IBlobTransportFactory? factory, TimeSpan streamTimeout, FetchStats stats)
    {
        Address = address;
        _stats = stats;
        _stream = new RpcCallOptions { Timeout = streamTimeout };
        _channel = new RpcChannel(address, new RpcChannelOptions
        {
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax,
        });
        RpcCallOptions offer = new() { Timeout = OfferTimeout };
        Blobs = new FallbackBlobTransport(
            new GrpcBlobTransport(_channel, _stream),
            factory,
            async token => await _channel.UnaryAsync(BlobMethods.GetOffer, new GetOfferRequest { Repository = repository }, offer, token),
            stats,
            address);
    }

    public Uri Address { get; }

    public IBlobTransport Blobs { get; }

    /// <exception cref="RpcException">It can't be reached, does not have what is asked for, or can't get it now.</exception>
    public async IAsyncEnumerable<ObjectBatch> GetTreesAsync(GetTreesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _stats.AddRoundTrip(FetchKind.Trees);
        using RpcServerStreamingCall<ObjectBatch> call = _channel.ServerStreaming(HistoryMethods.GetTrees, request, _stream, cancellationToken);
        while (true)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                if (!await call.ResponseStream.MoveNextAsync(cancellationToken))
                {
                    yield break;
                }
            }
            finally
            {
                _stats.AddWaited(FetchKind.Trees, Stopwatch.GetElapsedTime(start));
            }

            yield return call.ResponseStream.Current;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        _channel.Dispose();
    }
}
