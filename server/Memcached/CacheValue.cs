using Monorepo.Memcached.Protocol;

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

    internal CacheValue(LeaseMark lease, ulong version)
    {
        Lease = lease;
        Version = version;
    }

    public bool IsHit { get; }

    /// <summary>The bytes as stored, as far as the cache can be believed: whoever can check them against an id should.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The flags they were stored with.</summary>
    public uint ClientFlags { get; }

    /// <summary>Whose turn it is to fill a miss.</summary>
    internal LeaseMark Lease { get; }

    /// <summary>Of the stub that stands for a miss.</summary>
    internal ulong Version { get; }
}

/// <summary>How a question with a lease ended.</summary>
public enum LeaseOutcome
{
    /// <summary>The value was there.</summary>
    Hit,

    /// <summary>It is the asker's turn to read the value and store it; others wait for it. Also where no server could be asked.</summary>
    Won,

    /// <summary>Somebody else is reading it.</summary>
    Lost,
}

/// <summary>The answer for one key of <see cref="MemcachedClient.GetOrLeaseAsync"/>.</summary>
public readonly record struct CacheLease
{
    internal CacheLease(LeaseOutcome outcome, CacheValue value)
    {
        Outcome = outcome;
        Value = value;
    }

    public LeaseOutcome Outcome { get; }

    /// <summary>With <see cref="LeaseOutcome.Hit"/> the value, otherwise a miss.</summary>
    public CacheValue Value { get; }
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
