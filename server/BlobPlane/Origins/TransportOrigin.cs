using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Origins;

/// <summary>
/// Another server, for an edge that has no store. What it sends is not verified here; the reader of an object does that. Does not own the transport.
/// </summary>
public sealed class TransportOrigin(IBlobTransport transport) : IEnvelopeOrigin
{
    public async ValueTask<BlobEntry[]> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        using BlobReply reply = await transport.GetAsync(repository, ids, options, cancellationToken);
        var entries = new BlobEntry[reply.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            BlobEntry entry = reply.Entries[i];
            entries[i] = entry.Outcome == BlobOutcome.Found ? BlobEntry.Found(entry.Envelope.ToArray()) : entry;
        }

        return entries;
    }
}
