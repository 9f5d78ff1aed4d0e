using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// The fastest way to one server that works: the endpoints it offers, as far as the factory can use them, then gRPC. A way that can't connect or
/// fails in the middle is left for the rest of the command and the same ids are asked by the next; the reason goes to the statistics. Thread-safe.
/// </summary>
/// <param name="last">gRPC.</param>
/// <param name="factory">Makes the others; null: gRPC only.</param>
/// <param name="getOffer">Asks the server; what it throws of gRPC's is the server's failure.</param>
/// <param name="stats">Told of ways taken and left.</param>
/// <param name="edge">Where the server is one of several; null: it is the history server.</param>
internal sealed class FallbackBlobTransport(
    IBlobTransport last, IBlobTransportFactory? factory, Func<CancellationToken, ValueTask<BlobOffer>> getOffer, FetchStats stats, Uri? edge = null) : IBlobTransport
{
    // More than any server has network cards.
    private const int EndpointsMax = 16;

    private readonly SemaphoreSlim _choosing = new(1);
    private readonly List<IBlobTransport> _opened = [];
    private Queue<BlobEndpoint>? _untried;
    private volatile IBlobTransport? _current;

    public string Name => _current?.Name ?? last.Name;

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        while (true)
        {
            IBlobTransport transport = _current ?? await ChooseAsync(null, cancellationToken);
            try
            {
                stats.AddRoundTrip();
                BlobReply reply = await transport.GetAsync(repository, ids, options, cancellationToken);
                stats.AddTransport(edge is null ? transport.Name : $"{transport.Name}@{edge.Authority}");
                return reply;
            }
            catch (BlobTransportException e) when (transport != last && IsOfTransport(e.Error))
            {
                await ChooseAsync((transport, $"{transport.Name}: {e.Error}: {e.Message}"), cancellationToken);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IBlobTransport transport in _opened)
        {
            await transport.DisposeAsync();
        }

        await last.DisposeAsync();
        _choosing.Dispose();
    }

    private async ValueTask<IBlobTransport> ChooseAsync((IBlobTransport Transport, string Reason)? failed, CancellationToken cancellationToken)
    {
        await _choosing.WaitAsync(cancellationToken);
        try
        {
            if (_current is { } current && (failed is null || failed.Value.Transport != current))
            {
                // Somebody else chose meanwhile.
                return current;
            }

            if (failed is { } failure)
            {
                // It stays open until the end: other calls may still be in it.
                stats.AddFallback(failure.Reason);
            }

            return _current = await NextAsync(cancellationToken);
        }
        finally
        {
            _choosing.Release();
        }
    }

    private async ValueTask<IBlobTransport> NextAsync(CancellationToken cancellationToken)
    {
        if (factory is null)
        {
            return last;
        }

        _untried ??= await AskForOfferAsync(cancellationToken);
        while (_untried.TryDequeue(out BlobEndpoint? endpoint))
        {
            BlobAddress address = new(endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Token.Memory);
            if (factory.TryCreate(address, out string? reason) is { } transport)
            {
                _opened.Add(transport);
                return transport;
            }

            stats.AddFallback(reason ?? $"{endpoint.Transport} is not available here");
        }

        return last;
    }

    private async ValueTask<Queue<BlobEndpoint>> AskForOfferAsync(CancellationToken cancellationToken)
    {
        try
        {
            BlobOffer offer = await getOffer(cancellationToken);
            return new Queue<BlobEndpoint>(offer.Endpoints.Where(static e => !string.Equals(e.Transport, EdgeServers.EdgeTransport, StringComparison.Ordinal)).Take(EndpointsMax));
        }
        catch (RpcException e)
        {
            throw new BlobTransportException(BlobTransportError.Unreachable, $"no offer: {e.Detail}", e);
        }
    }

    // Another way to the same server has the same source behind it. One of several that is stuck is not waited for a second time.
    private bool IsOfTransport(BlobTransportError error) =>
        error is not (BlobTransportError.UnknownRepository or BlobTransportError.SourceFailed) && (edge is null || error != BlobTransportError.DeadlineExceeded);
}
