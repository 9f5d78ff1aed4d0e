using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.History.Trees;

/// <summary>A repository's objects as the blob plane has them: read-only, nothing is copied. Thread-safe.</summary>
/// <param name="source">Stays the caller's.</param>
/// <param name="repository">Whose objects.</param>
/// <param name="options">How what comes from a cache is trusted.</param>
public sealed class BlobObjectStore(IBlobSource source, RepositoryName repository, BlobReadOptions options) : IObjectStore
{
    /// <exception cref="BlobTransportException">The source failed.</exception>
    public async ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        Batch result = new(ids.Length);
        try
        {
            int[] open = [.. Enumerable.Range(0, ids.Length)];
            while (open.Length > 0)
            {
                ReadOnlyMemory<ObjectId> asked = Array.ConvertAll(open, i => ids.Span[i]);
                open = result.Add(await source.GetAsync(repository, asked, options, cancellationToken), open);
                if (open.Length == asked.Length)
                {
                    throw new BlobTransportException(BlobTransportError.Protocol, "The source deferred every id asked.");
                }
            }

            return result;
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

    public async ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        [.. (await GetHeadersAsync(ids, cancellationToken)).Select(static header => header is not null)];

    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The blob plane is only read from.");

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
