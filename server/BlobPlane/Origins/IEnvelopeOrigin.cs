using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Origins;

/// <summary>Where envelopes come from when no cache has them: the store, or for an edge the server that has one. Thread-safe.</summary>
public interface IEnvelopeOrigin
{
    /// <summary>
    /// One entry an id, in order, within <see cref="BlobLimits.ReplyBytesTarget"/> by the rules of <see cref="BlobEntryBudget"/>. Envelopes stay
    /// valid for as long as they are referenced (they go to several readers and into caches) and are not changed by anyone.
    /// </summary>
    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">At most <see cref="BlobLimits.KeysPerRequestMax"/>; unchanged until the call ends.</param>
    /// <param name="options">For what lies behind: the store has nothing to check.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BlobTransportException">As <see cref="IBlobSource.GetAsync"/> throws it.</exception>
    /// <exception cref="IOException">The store or the way to it failed.</exception>
    ValueTask<BlobEntry[]> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken);
}
