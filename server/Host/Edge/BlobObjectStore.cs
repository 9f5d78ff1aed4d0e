using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.Host.Edge;

/// <summary>A repository's objects as an edge can get them: read-only, a view of its blob source. Thread-safe.</summary>
internal sealed class BlobObjectStore(IBlobSource source, RepositoryName repository) : IObjectStore
{
    public async ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        byte[]?[] envelopes = new byte[]?[ids.Length];
        int[] open = [.. Enumerable.Range(0, ids.Length)];
        while (open.Length > 0)
        {
            ObjectId[] asked = [.. open.Select(i => ids.Span[i])];
            using BlobBatch batch = await source.GetAsync(repository, asked, BlobReadOptions.None, cancellationToken);
            List<int> deferred = [];
            for (int i = 0; i < open.Length; i++)
            {
                BlobEntry entry = batch.Entries.Span[i];
                if (entry.Outcome == BlobOutcome.Deferred)
                {
                    deferred.Add(open[i]);
                }
                else if (entry.Outcome == BlobOutcome.Found)
                {
                    envelopes[open[i]] = entry.Envelope.ToArray();
                }
            }

            if (deferred.Count == open.Length)
            {
                throw new BlobTransportException(BlobTransportError.SourceFailed, "The source deferred every id asked.");
            }

            open = [.. deferred];
        }

        return new ArrayObjectBatch(envelopes);
    }

    public async ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        using ObjectBatch batch = await GetAsync(ids, cancellationToken);
        ObjectHeader?[] headers = new ObjectHeader?[ids.Length];
        for (int i = 0; i < headers.Length; i++)
        {
            headers[i] = batch.IsPresent(i) ? ObjectEnvelope.ReadHeader(batch[i]) : null;
        }

        return headers;
    }

    public async ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        [.. (await GetHeadersAsync(ids, cancellationToken)).Select(static h => h is not null)];

    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) =>
        throw new NotSupportedException("An edge keeps nothing.");
}
