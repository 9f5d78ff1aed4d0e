using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.History.Trees;

/// <summary>
/// A store whose objects are read through the blob plane's caches, so that the trees of a popular commit cost the store one read for all
/// clones and all servers. What comes from a cache is checked there by its id, because walks follow it. Where the caches fail the
/// store answers. Owns neither. Thread-safe.
/// </summary>
/// <param name="store">Has everything.</param>
/// <param name="source">The caches before it.</param>
/// <param name="repository">Whose objects.</param>
internal sealed class CachedTrees(IObjectStore store, IBlobSource source, RepositoryName repository) : IObjectStore
{
    public async ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        Batch result = new(ids.Length);
        try
        {
            int[] open = [.. Enumerable.Range(0, ids.Length)];
            while (open.Length > 0)
            {
                ReadOnlyMemory<ObjectId> asked = Array.ConvertAll(open, i => ids.Span[i]);
                BlobBatch part = await source.GetAsync(repository, asked, BlobReadOptions.Verify, cancellationToken);
                open = result.Add(part, open);
                if (open.Length == asked.Length)
                {
                    throw new BlobTransportException(BlobTransportError.Protocol, "The caches deferred every id asked.");
                }
            }

            return result;
        }
        catch (BlobTransportException)
        {
            result.Dispose();
            return await store.GetAsync(ids, cancellationToken);
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Of objects that are wanted next anyway: they come with their bodies, into the caches.</summary>
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

    public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) => store.ContainsAsync(ids, cancellationToken);

    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) => store.PutAsync(objects, cancellationToken);

    private sealed class Batch(int count) : ObjectBatch
    {
        private readonly ReadOnlyMemory<byte>[] _envelopes = new ReadOnlyMemory<byte>[count];
        private readonly List<BlobBatch> _parts = [];

        public override int Count => _envelopes.Length;

        public override ReadOnlySpan<byte> this[int index] => _envelopes[index].Span;

        public override bool IsPresent(int index) => !_envelopes[index].IsEmpty;

        /// <summary>Takes an answer over; returns the places that were put off.</summary>
        public int[] Add(BlobBatch part, int[] places)
        {
            _parts.Add(part);
            List<int> deferred = [];
            for (int i = 0; i < places.Length; i++)
            {
                BlobEntry entry = part.Entries.Span[i];
                if (entry.Outcome == BlobOutcome.Deferred)
                {
                    deferred.Add(places[i]);
                }
                else
                {
                    _envelopes[places[i]] = entry.Envelope;
                }
            }

            return [.. deferred];
        }

        protected override void Dispose(bool disposing)
        {
            _parts.ForEach(static p => p.Dispose());
            _parts.Clear();
            Array.Clear(_envelopes);
            base.Dispose(disposing);
        }
    }
}
