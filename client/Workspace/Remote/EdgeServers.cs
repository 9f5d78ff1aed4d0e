using System.Runtime.CompilerServices;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.Workspace.Remote;

/// <summary>
/// The edges that a clone knows, in order, then the history server: each request goes to the first that answers. One that does not is left alone
/// for a while (<see cref="ServerHealth"/>) and is asked again before then only when nobody else is left. Why another was asked goes to the
/// statistics. Owns the edges and the history server's transport. Thread-safe.
/// </summary>
internal sealed class EdgeServers(IReadOnlyList<EdgeServer> edges, Uri historyServer, IBlobTransport historyBlobs, ServerHealth health, FetchStats stats) : IBlobTransport
{
    /// <summary>More than any site has; further ones are ignored.</summary>
    public const int EdgesMax = 16;

    public string Name => historyBlobs.Name;

    /// <summary>The edges that a server's offer names.</summary>
    public static IEnumerable<Uri> Advertised(BlobOffer offer) => offer.Endpoints
        .Where(static e => string.Equals(e.Transport, EdgeTransport, StringComparison.Ordinal))
        .Select(static e => Uri.TryCreate($"http://{(e.Host.Contains(':', StringComparison.Ordinal) ? $"[{e.Host}]" : e.Host)}:{e.Port}", UriKind.Absolute, out Uri? uri) ? uri : null)
        .OfType<Uri>();

    /// <summary>What an offer calls a server that is to be asked for an offer of its own.</summary>
    public const string EdgeTransport = "edge";

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        List<(Uri Address, IBlobTransport Blobs)> servers = [.. edges.Select(static e => (e.Address, e.Blobs)), (historyServer, historyBlobs)];
        BlobTransportException? failure = null;
        foreach ((Uri address, IBlobTransport blobs) in InOrder(servers, static s => s.Address))
        {
            try
            {
                BlobReply reply = await blobs.GetAsync(repository, ids, options, cancellationToken);
                health.RecordSuccess(address);
                return reply;
            }
            catch (BlobTransportException e)
            {
                // Who answers that he can't has answered: only his source is down, or he does not know this repository.
                if (e.Error is not (BlobTransportError.UnknownRepository or BlobTransportError.SourceFailed or BlobTransportError.Overloaded))
                {
                    health.RecordFailure(address);
                }

                if (edges.Count > 0)
                {
                    stats.AddFallback($"{address.Authority}: {e.Error}: {e.Message}");
                }

                // What the history server says of a repository or an object is the last word; whoever else failed only could not help.
                failure = failure is null || address == historyServer ? e : failure;
            }
        }

        throw failure!;
    }

    /// <summary>Trees from the first edge that has them all; <paramref name="fromHistory"/> otherwise. What comes twice then is the same.</summary>
    public async IAsyncEnumerable<ObjectBatch> GetTreesAsync(
        GetTreesRequest request, Func<IAsyncEnumerable<ObjectBatch>> fromHistory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (EdgeServer edge in edges.Where(e => !health.IsDown(e.Address)))
        {
            IAsyncEnumerator<ObjectBatch> batches = edge.GetTreesAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (batches.ConfigureAwait(false))
            {
                bool? moved;
                while ((moved = await MoveAsync(edge, batches)) == true)
                {
                    yield return batches.Current;
                }

                if (moved == false)
                {
                    yield break;
                }
            }
        }

        await foreach (ObjectBatch batch in fromHistory())
        {
            yield return batch;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EdgeServer edge in edges)
        {
            await edge.DisposeAsync();
        }

        await historyBlobs.DisposeAsync();
    }

    /// <summary>Null: the edge failed.</summary>
    private async ValueTask<bool?> MoveAsync(EdgeServer edge, IAsyncEnumerator<ObjectBatch> batches)
    {
        try
        {
            bool moved = await batches.MoveNextAsync();
            health.RecordSuccess(edge.Address);
            return moved;
        }
        catch (RpcException e)
        {
            // Only who can't be reached is down: a status of its own is an answer.
            if (e.StatusCode is RpcStatusCode.Unavailable or RpcStatusCode.DeadlineExceeded && e.InnerException is not null)
            {
                health.RecordFailure(edge.Address);
            }

            stats.AddFallback($"{edge.Address.Authority}: {e.StatusCode}: {e.Detail}");
            return null;
        }
    }

    private IEnumerable<T> InOrder<T>(IReadOnlyList<T> servers, Func<T, Uri> addressOf)
    {
        bool[] down = [.. servers.Select(s => health.IsDown(addressOf(s)))];
        return servers.Where((_, i) => !down[i]).Concat(servers.Where((_, i) => down[i]));
    }
}
