namespace Monorepo.Memcached;

/// <summary>What the cache said about one key. A hit's bytes belong to the caller; the default value is a miss.</summary>
public readonly record struct CacheValue
{
    internal CacheValue(byte[] bytes, uint clientFlags)
    {
        Bytes = bytes;
        ClientFlags = clientFlags;
        IsHit = true;
    }

    public bool IsHit { get; }

    /// <summary>The bytes as stored, as far as the cache can be believed: whoever can check them against an id should.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The flags they were stored with.</summary>
    public uint ClientFlags { get; }
}

/// <summary>How a store ended. None of these is an error to the caller of a cache.</summary>
public enum StoreOutcome
{
    /// <summary>The servers hold the value.</summary>
    Stored,

    /// <summary>A server refused it (too large for its item limit, or out of memory).</summary>
    Refused,

    /// <summary>Larger than <see cref="MemcachedOptions.ValueBytesMax"/>; nothing was sent.</summary>
    TooLarge,

    /// <summary>A node is down, slow or saturated; the value may or may not be there.</summary>
    Unavailable,
}
