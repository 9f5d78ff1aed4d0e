using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Core;

namespace Monorepo.BlobPlane;

/// <summary>Told of every request that was answered, on the thread that answers it: must be quick and must not throw. Thread-safe.</summary>
public interface IBlobReadObserver
{
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">As asked.</param>
    /// <param name="entries">The answer to each.</param>
    /// <param name="tiers">Who had each: a cache by its place in the order they are asked, with the number of the caches the origin, with one more the hot set.</param>
    /// <param name="elapsed">From the request to the answer; sending it is not in it.</param>
    void OnAnswered(
        RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<BlobEntry> entries, ReadOnlySpan<byte> tiers, TimeSpan elapsed);

    /// <summary>A request was answered from the hot set alone, on a transport's own thread: half a microsecond here is felt.</summary>
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">As asked; all were there.</param>
    /// <param name="envelopes">Their lengths are true; their bytes may be gone. Without a length: deferred.</param>
    /// <param name="elapsed">From the request to the answer; sending it is not in it.</param>
    void OnAnsweredHot(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> envelopes, TimeSpan elapsed);
}
