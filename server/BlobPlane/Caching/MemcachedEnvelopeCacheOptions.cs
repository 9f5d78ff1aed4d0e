namespace Monorepo.BlobPlane.Caching;

/// <summary>How memcached is used as a tier.</summary>
public sealed record MemcachedEnvelopeCacheOptions
{
    /// <summary>
    /// Decode every value and compare its hash with the id before it is served, so that a poisoned memcached costs time and no more.
    /// Without it only the envelope's header and length are checked here: clients check every object too and believe no bad value,
    /// but they can't get the object while memcached keeps it. Turn it off only where memcached is trusted as this process is.
    /// </summary>
    public bool VerifyIds { get; init; } = true;

    /// <summary>How long values may stay; null: until memcached needs the room. Contents never go stale.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Offers that may wait to be stored.</summary>
    public int FillQueueEntriesMax { get; init; } = 16_384;

    /// <summary>Bytes of all offers that wait or are being stored.</summary>
    public long FillQueueBytesMax { get; init; } = 128 << 20;

    /// <summary>Offers being stored at a time.</summary>
    public int FillsAtOnceMax { get; init; } = 16;
}
