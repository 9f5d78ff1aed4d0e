using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Operations.Statistics;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.Operations.Cache;

/// <summary>Looks for one object in every tier, and empties caches. Thread-safe.</summary>
/// <param name="engine">Null on a server without a store.</param>
/// <param name="cache">Null where there is none.</param>
/// <param name="hot">The server's own memory of contents; null where there is none.</param>
/// <param name="origin">What is behind the caches.</param>
/// <param name="originName">Its name in statistics.</param>
public sealed class CacheInspection(IStorageEngine? engine, IManagedCache? cache, HotSet? hot, IEnvelopeOrigin origin, string originName)
{
    /// <summary>Repositories looked into when none is named.</summary>
    private const int RepositoriesMax = 1_024;

    /// <summary>Keys removed by one request.</summary>
    private const int RemovedMax = 4_096;

    internal async Task<InspectObjectResponse> InspectAsync(InspectObjectRequest request, CancellationToken cancellationToken)
    {
        ObjectId id = RequestIds.Parse(request.Id, "id");
        InspectObjectResponse response = new();
        if (request.Repository.Length > 0)
        {
            response.Repositories.Add(await InspectAsync(RepositoryDirectory.ParseName(request.Repository), id, cancellationToken));
            return response;
        }

        if (engine is null)
            throw new RpcException(RpcStatusCode.FailedPrecondition, "this server has no list of repositories; name one with --repo.");
        IReadOnlyList<RepositoryName> names = await engine.ListAsync(cancellationToken);
        if (names.Count > RepositoriesMax)
            throw new RpcException(RpcStatusCode.FailedPrecondition, $"this server has {names.Count} repositories; name one with --repo.");
        foreach (RepositoryName name in names)
        {
            ObjectCopies copies = await InspectAsync(name, id, cancellationToken);
            if (copies.Copies.Any(static c => c.IsPresent))
                response.Repositories.Add(copies);
        }

        return response;
    }

    internal async Task<FlushCacheResponse> FlushAsync(FlushCacheRequest request, CancellationToken cancellationToken)
    {
        IManagedCache from = cache ?? throw new RpcException(RpcStatusCode.FailedPrecondition, "this server has no memcached; there is nothing to flush.");
        RepositoryName repository = RepositoryDirectory.ParseName(request.Repository);
        FlushCacheResponse response = new();
        if (request.Ids.Count == 0)
        {
            response.Generation = await from.ForgetAsync(repository, cancellationToken) ?? throw new RpcException(
                RpcStatusCode.Unavailable, "memcached did not take the repository's new generation, so nothing was flushed; 'mr-admin stats' shows its nodes.");

            // Of all repositories: it fills again from memcached.
            hot?.Clear();
            return response;
        }

        foreach (ObjectId id in RequestIds.Parse(request.Ids, "ids", RemovedMax))
        {
            CachedValue value = await from.FindAsync(repository, id, cancellationToken);
            bool isGone = await from.RemoveAsync(repository, id, cancellationToken);
            hot?.Remove(repository, id);
            response.Objects.Add(new FlushedObject { WasPresent = !value.Value.IsEmpty, IsGone = isGone, Node = value.Place });
        }

        return response;
    }

    private async Task<ObjectCopies> InspectAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken)
    {
        ObjectCopies copies = new() { Repository = repository.Value };
        if (hot is not null)
            copies.Copies.Add(FindHot(repository, id));
        if (cache is not null)
        {
            CachedValue value = await cache.FindAsync(repository, id, cancellationToken);
            ObjectCopy copy = Describe(cache.Statistics.Name, value.Value, id);
            copy.Node = value.Place;
            if (!value.IsAnswering)
                copy.Problem = "the node does not answer";
            copies.Copies.Add(copy);
        }

        BlobEntry entry = (await origin.GetAsync(repository, (ObjectId[])[id], BlobReadOptions.Verify, cancellationToken))[0];
        copies.Copies.Add(Describe(originName, entry.Envelope, id));
        return copies;
    }

    private ObjectCopy FindHot(RepositoryName repository, ObjectId id)
    {
        BlobEntry[] entries = new BlobEntry[1];
        using HotLease? lease = hot!.Find(repository, [id], entries);
        return Describe(StatisticsReader.HotSetName, entries[0].Envelope, id);
    }

    private static ObjectCopy Describe(string tier, ReadOnlyMemory<byte> envelope, ObjectId id)
    {
        ObjectCopy copy = new() { Tier = tier, IsPresent = !envelope.IsEmpty, StoredBytes = (ulong)envelope.Length };
        if (envelope.IsEmpty)
            return copy;
        try
        {
            ObjectHeader header = ObjectEnvelope.ReadHeader(envelope.Span);
            copy.Kind = header.Kind.ToName();
            copy.Codec = header.Codec.ToString().ToLowerInvariant();
            copy.Size = (ulong)header.SizeBytes;
            _ = ObjectEnvelope.Open(envelope.Span, id, out _);
            copy.IsVerified = true;
        }
        catch (CorruptObjectException e)
        {
            copy.Problem = e.Message;
        }

        return copy;
    }
}
