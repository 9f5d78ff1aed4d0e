using System.Collections.Concurrent;
using Monorepo.BlobPlane.Caching;
using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Tests.Fakes;

/// <summary>A cache that keeps everything.</summary>
internal sealed class DictionaryCache : IEnvelopeCache
{
    private long _hits;
    private long _misses;

    public ConcurrentDictionary<(RepositoryName, ObjectId), ReadOnlyMemory<byte>> Held { get; } = new();

    public EnvelopeCacheStatistics Statistics => new()
    {
        Name = "dictionary",
        Hits = Interlocked.Read(ref _hits),
        Misses = Interlocked.Read(ref _misses),
        HitBytes = 0,
        Rejections = 0,
        Fills = Held.Count,
        FailedFills = 0,
        DroppedFills = 0,
    };

    public ValueTask<ReadOnlyMemory<byte>[]> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>[] found = [.. ids.ToArray().Select(id => Held.GetValueOrDefault((repository, id)))];
        Interlocked.Add(ref _hits, found.Count(f => !f.IsEmpty));
        Interlocked.Add(ref _misses, found.Count(f => f.IsEmpty));
        return new(found);
    }

    public void Offer(RepositoryName repository, ObjectId id, ReadOnlyMemory<byte> envelope) => Held[(repository, id)] = envelope;
}
