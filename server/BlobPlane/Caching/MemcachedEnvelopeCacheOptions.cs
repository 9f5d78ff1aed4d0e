using Monorepo.Blobs;

namespace Monorepo.BlobPlane.Caching;

/// <summary>How memcached is used as a tier.</summary>
public sealed record MemcachedEnvelopeCacheOptions
{
    /// <summary>
    /// Decode every value and compare its hash with the id before it is served: a decompression and a hash for each hit. Without it only the
    /// envelope's header and length are checked, unless a request asks for more: clients check every object and ask again so
    /// (<see cref="BlobReadOptions.Verify"/>), which costs them a round trip and no more.
    /// </summary>
    public bool VerifyIds { get; init; }

    /// <summary>How long values may stay; null: until memcached needs the room. Contents never go stale.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long a process has to read what it was the first to miss before another one may; whole seconds.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long to wait for another process that is reading the same object before reading it too. Longer than <see cref="LeaseTime"/>, so that when
    /// that process has died one of those who wait takes its turn over, and not all.
    /// </summary>
    public TimeSpan LeaseWaitMax { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Offers that may wait to be stored.</summary>
    public int FillQueueEntriesMax { get; init; } = 16_384;

    /// <summary>Bytes of all offers that wait or are being stored.</summary>
    public long FillQueueBytesMax { get; init; } = 128 << 20;

    /// <summary>Offers being stored at a time.</summary>
    public int FillsAtOnceMax { get; init; } = 16;
}
