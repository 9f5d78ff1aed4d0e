using Monorepo.Core;

namespace Monorepo.BlobPlane.Caching;

/// <summary>What lies in a cache under one object's key, as it lies there.</summary>
/// <param name="Place">Which part of the cache has that key, for people: a node.</param>
/// <param name="IsAnswering">Whether that part is being asked at all.</param>
/// <param name="Value">Empty where there is nothing.</param>
public readonly record struct CachedValue(string Place, bool IsAnswering, ReadOnlyMemory<byte> Value);

/// <summary>A cache that operators fill, look into and empty. None of these count as hits or misses. Thread-safe.</summary>
public interface IManagedCache : IEnvelopeCache
{
    /// <summary>For each id whether something lies under its key, without reading it. False too where that can't be learnt.</summary>
    ValueTask<bool[]> ContainsAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>As an offer, but done when it returns; false when the cache did not take it.</summary>
    ValueTask<bool> StoreAsync(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope, CancellationToken cancellationToken);

    ValueTask<CachedValue> FindAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken);

    /// <summary>False when the part of the cache that has the key did not answer.</summary>
    ValueTask<bool> RemoveAsync(RepositoryName repository, ObjectId id, CancellationToken cancellationToken);

    /// <summary>Forgets all of a repository, here at once and in other processes within <see cref="RepositoryGenerations.RefreshInterval"/>.</summary>
    /// <returns>The new generation; null when the cache did not take it, and nothing is forgotten.</returns>
    ValueTask<long?> ForgetAsync(RepositoryName repository, CancellationToken cancellationToken);

    /// <summary>Memory that an envelope of this size takes in the cache.</summary>
    long CostOf(long envelopeBytes);
}
