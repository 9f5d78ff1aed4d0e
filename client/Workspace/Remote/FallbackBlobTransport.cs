using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// The fastest way that works: the endpoints the server offers, as far as the factory can use them, then gRPC. A way that can't connect or
/// fails in the middle is left for the rest of the command and the same ids are asked by the next; the reason goes to the statistics. Thread-safe.
/// </summary>
internal sealed class FallbackBlobTransport(
    IBlobTransport last, IBlobTransportFactory? factory, Func<CancellationToken, ValueTask<BlobOffer>> getOffer, FetchStats stats) : IBlobTransport
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
                stats.AddTransport(transport.Name);
                return reply;
            }
            catch (BlobTransportException e) when (transport != last && e.Error != BlobTransportError.UnknownRepository)
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

        _untried ??= new Queue<BlobEndpoint>((await getOffer(cancellationToken)).Endpoints.Take(EndpointsMax));
        while (_untried.TryDequeue(out BlobEndpoint? endpoint))
        {
            if (factory.TryCreate(endpoint, out string? reason) is { } transport)
            {
                _opened.Add(transport);
                return transport;
            }

            stats.AddFallback(reason ?? $"{endpoint.Transport} is not available here");
        }

        return last;
    }
}
