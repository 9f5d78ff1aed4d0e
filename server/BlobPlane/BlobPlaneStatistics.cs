using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Hot;

namespace Monorepo.BlobPlane;

/// <summary>What the blob plane of this process has served since it was made. Totals only grow.</summary>
public sealed record BlobPlaneStatistics
{
    /// <summary>Null: there is no hot set. Requests answered from it alone, on a transport's own thread, are counted here and nowhere else.</summary>
    public HotSetStatistics? Hot { get; init; }

    /// <summary>One entry a cache tier, in the order they are asked.</summary>
    public required IReadOnlyList<EnvelopeCacheStatistics> Caches { get; init; }

    public required OriginStatistics Origin { get; init; }

    /// <summary>Requests answered.</summary>
    public required long Requests { get; init; }

    /// <summary>Ids answered "found".</summary>
    public required long Found { get; init; }

    /// <summary>Ids answered "missing".</summary>
    public required long Missing { get; init; }

    /// <summary>Ids answered "ask again": the answer was full.</summary>
    public required long Deferred { get; init; }

    /// <summary>Envelope bytes answered.</summary>
    public required long FoundBytes { get; init; }
}

/// <summary>What was read from behind the caches.</summary>
public sealed record OriginStatistics
{
    /// <summary>Reads, of one id or many.</summary>
    public required long Reads { get; init; }

    public required long Found { get; init; }

    public required long Missing { get; init; }

    public required long FoundBytes { get; init; }

    /// <summary>Reads that failed, timed out or were turned away. Someone should look.</summary>
    public required long Failures { get; init; }

    /// <summary>Misses that were answered by a read someone else had started.</summary>
    public required long Collapsed { get; init; }
}
