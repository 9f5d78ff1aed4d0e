using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.BlobPlane.Origins;

/// <summary>The store of this process. Does not own the engine.</summary>
public sealed class StoreOrigin(IStorageEngine engine) : IEnvelopeOrigin
{
    /// <summary>Ids in one read of the store: enough to batch well, few enough that large blobs past the budget are not read in vain.</summary>
    private const int IdsPerReadMax = 256;

    public async ValueTask<BlobEntry[]> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        IRepository opened = await engine.OpenAsync(repository, cancellationToken)
            ?? throw new BlobTransportException(BlobTransportError.UnknownRepository, $"There is no repository '{repository}'.");
        var entries = new BlobEntry[ids.Length];
        var budget = new BlobEntryBudget();
        for (int start = 0; start < ids.Length; start += IdsPerReadMax)
        {
            int count = Math.Min(IdsPerReadMax, ids.Length - start);
            if (budget.IsSpent)
            {
                entries.AsSpan(start).Fill(BlobEntry.Deferred);
                break;
            }

            using ObjectBatch batch = await opened.Objects.GetAsync(ids.Slice(start, count), cancellationToken);
            for (int i = 0; i < count; i++)
            {
                if (!batch.IsPresent(i))
                    continue;
                // Copied, because the batch pins the engine's memory and the envelope outlives this call in caches and in other readers' answers.
                entries[start + i] = budget.TryAdd(batch[i].Length) ? BlobEntry.Found(batch[i].ToArray()) : BlobEntry.Deferred;
            }
        }

        return entries;
    }
}
