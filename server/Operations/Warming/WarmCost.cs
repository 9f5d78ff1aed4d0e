using Monorepo.BlobPlane.Caching;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Storage;
using ObjectBatch = Monorepo.Storage.ObjectBatch;

namespace Monorepo.Operations.Warming;

/// <summary>What a set of objects costs, before anything is read of most of them.</summary>
internal static class WarmCost
{
    /// <summary>Objects read to see how well contents compress here.</summary>
    private const int SampledMax = 4_096;

    private const int SampledPerBatch = 256;
    private const int SampledSizeMax = 1 << 20;

    /// <summary>Of files: from the sizes the store has noted, and the compression of a sample.</summary>
    public static async Task<WarmPlan> EstimateAsync(IWarmSet set, IObjectStore store, IManagedCache cache, CancellationToken cancellationToken)
    {
        WarmPlan plan = new() { IsEstimate = true };
        long sampled = 0;
        long sampledSize = 0;
        long sampledBytes = 0;
        await foreach (IReadOnlyList<ObjectId> ids in set.ReadAsync(cancellationToken))
        {
            ObjectId[] batchIds = [.. ids];
            IReadOnlyList<ObjectHeader?> headers = await store.GetHeadersAsync(batchIds, cancellationToken);
            if (sampled < SampledMax)
            {
                int step = 1 + (batchIds.Length / SampledPerBatch);
                ObjectId[] sample = [.. batchIds.Where((_, i) => i % step == 0 && headers[i]?.SizeBytes <= SampledSizeMax)];
                using ObjectBatch batch = await store.GetAsync(sample, cancellationToken);
                for (int i = 0; i < sample.Length; i++)
                {
                    sampledBytes += batch[i].Length;
                    sampledSize += batch.IsPresent(i) ? ObjectEnvelope.ReadHeader(batch[i]).SizeBytes + ObjectEnvelope.HeaderBytes : 0;
                }

                sampled += sample.Length;
            }

            double ratio = sampledSize == 0 ? 1 : (double)sampledBytes / sampledSize;
            foreach (ObjectHeader? header in headers)
            {
                if (header is not { } found)
                    continue;
                long bytes = (long)((found.SizeBytes + ObjectEnvelope.HeaderBytes) * ratio);
                plan.Objects++;
                plan.Bytes += (ulong)bytes;
                plan.CacheBytes += (ulong)cache.CostOf(bytes);
            }
        }

        return plan;
    }

    /// <summary>Of accessed objects, whose envelopes' sizes are recorded.</summary>
    public static WarmPlan Sum(AccessedObjects set, IManagedCache cache, CancellationToken cancellationToken)
    {
        WarmPlan plan = new()
        {
            Accesses = (ulong)set.Accesses,
            AccessedObjects = (ulong)set.Objects,
            HitRate = set.Accesses == 0 ? 0 : (double)set.Hits / set.Accesses,
        };
        foreach ((_, uint bytes) in set.Read(cancellationToken))
        {
            plan.Objects++;
            plan.Bytes += bytes;
            plan.CacheBytes += (ulong)cache.CostOf(bytes);
        }

        return plan;
    }
}
