namespace Monorepo.Blobs.Memory;

/// <summary>What native memory is used for: the lines of the memory statistics.</summary>
public enum MemoryOwner
{
    /// <summary>Envelopes kept to be served again.</summary>
    HotSet,

    /// <summary>Replies on their way out: packed messages and tables of lengths.</summary>
    Replies,

    /// <summary>Messages on their way in.</summary>
    Receives,

    /// <summary>Requests that wait for their turn.</summary>
    Requests,
}

/// <summary>Native memory in use, and what for. Read without stopping anyone, so the parts may be some microseconds apart.</summary>
public sealed record MemoryStatistics
{
    /// <summary>How many owners there are.</summary>
    internal static readonly int OwnerCount = Enum.GetValues<MemoryOwner>().Length;

    /// <summary>Never exceeded.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>Taken from the limit: what owners hold and the free rests of size classes.</summary>
    public required long TakenBytes { get; init; }

    /// <summary>The most that was ever taken.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Held by each owner; size classes round up.</summary>
    public required IReadOnlyDictionary<MemoryOwner, long> HeldBytes { get; init; }

    /// <summary>How often somebody was told that there is none left.</summary>
    public required long Refusals { get; init; }
}
