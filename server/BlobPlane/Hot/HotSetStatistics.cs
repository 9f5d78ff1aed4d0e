namespace Monorepo.BlobPlane.Hot;

/// <summary>What the hot set holds, and what it has done since it was made: totals only grow.</summary>
public sealed record HotSetStatistics
{
    /// <summary>The limit.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Native memory taken, index included.</summary>
    public required long TakenBytes { get; init; }

    /// <summary>Envelopes held.</summary>
    public required long Items { get; init; }

    /// <summary>Bytes of these envelopes.</summary>
    public required long ItemBytes { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    /// <summary>Envelope bytes given.</summary>
    public required long HitBytes { get; init; }

    /// <summary>Requests that I/O threads answered whole from here; their hits are among <see cref="Hits"/>.</summary>
    public required long AnsweredRequests { get; init; }

    /// <summary>Ids of these requests.</summary>
    public required long Answered { get; init; }

    /// <summary>Envelope bytes of these requests.</summary>
    public required long AnsweredBytes { get; init; }

    /// <summary>Envelopes that other tiers had.</summary>
    public required long Offers { get; init; }

    /// <summary>Of the offers: too large, or no room because everything is being sent.</summary>
    public required long Declined { get; init; }

    public required long Evicted { get; init; }

    /// <summary>Envelopes that were hit while they were new, and so came to stay.</summary>
    public required long Promoted { get; init; }

    /// <summary>Offers of keys that had been evicted too early.</summary>
    public required long GhostHits { get; init; }
}
