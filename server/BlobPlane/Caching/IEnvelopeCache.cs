using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Caching;

/// <summary>
/// A tier in front of the origin. It may know less than it was told and forget at any time, but what it gives it believes; it never throws because
/// something behind it failed. Thread-safe.
/// </summary>
public interface IEnvelopeCache
{
    /// <summary>
    /// One entry an id, in order: its envelope, or empty for a miss. The memory stays valid for as long as it is referenced and is not changed
    /// by anyone. <paramref name="ids"/> must stay unchanged until the call ends.
    /// </summary>
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">The objects.</param>
    /// <param name="options">With <see cref="BlobReadOptions.Verify"/>, what is not what its id says is removed, counted as a rejection, and a miss.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<ReadOnlyMemory<byte>[]> GetAsync(
        RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the cache of a true envelope another tier had. Returns at once; the cache may decline. The memory must never be changed afterwards.
    /// </summary>
    void Offer(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope);

    EnvelopeCacheStatistics Statistics { get; }
}

/// <summary>What a cache tier has done since it was made. Totals only grow.</summary>
public sealed record EnvelopeCacheStatistics
{
    /// <summary>For people and metric labels: "memcached".</summary>
    public required string Name { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    /// <summary>Envelope bytes given.</summary>
    public required long HitBytes { get; init; }

    /// <summary>Of the misses: values that were there and were not what their key says. Someone writes to the cache who should not, or memory is bad.</summary>
    public required long Rejections { get; init; }

    /// <summary>Offers stored.</summary>
    public required long Fills { get; init; }

    /// <summary>Offers that could not be stored.</summary>
    public required long FailedFills { get; init; }

    /// <summary>Offers declined because too much was waiting to be stored.</summary>
    public required long DroppedFills { get; init; }
}
