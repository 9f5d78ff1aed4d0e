using Monorepo.Core;
using Monorepo.Memcached;

namespace Monorepo.BlobPlane.Caching;

// What operators do.
public sealed partial class MemcachedEnvelopeCache
{
    public async ValueTask<bool[]> ContainsAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        await _client.ContainsManyAsync(await KeysOfAsync(repository, ids, cancellationToken), cancellationToken);

    public async ValueTask<bool> StoreAsync(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken)
    {
        StoreOutcome outcome = StoreOutcome.Refused;
        try
        {
            if (IsBelievable(envelope.Span, id, verify: false))
                outcome = await _client.SetAsync(await KeyOfAsync(repository, id, cancellationToken), envelope, clientFlags: 0, _options.TimeToLive, cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            // The client went first at shutdown.
            outcome = StoreOutcome.Unavailable;
        }

        Interlocked.Increment(ref outcome == StoreOutcome.Stored ? ref _stored : ref _failedFills);
        return outcome == StoreOutcome.Stored;
    }

    public async ValueTask<CachedValue> FindAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> key = await KeyOfAsync(repository, id, cancellationToken);
        CacheValue value = await _client.GetAsync(key, cancellationToken);
        NodeStatistics node = _client.Statistics[_client.Ring.NodeOf(key.Span)];
        return new CachedValue(node.Node.ToString(), node.State == NodeState.Up, value.Bytes);
    }

    public async ValueTask<bool> RemoveAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken) =>
        await _client.DeleteAsync(await KeyOfAsync(repository, id, cancellationToken), cancellationToken);

    public ValueTask<long?> ForgetAsync(RepositoryName repository, CancellationToken cancellationToken) =>
        _generations.BeginNextAsync(repository, cancellationToken);

    public long CostOf(long envelopeBytes) => MemcachedItemSize.Of(EnvelopeKey.SizeBytes, envelopeBytes);

    private async ValueTask<ReadOnlyMemory<byte>> KeyOfAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken) =>
        (await KeysOfAsync(repository, new[] { id }, cancellationToken))[0];
}
