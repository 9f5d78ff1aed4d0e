namespace Monorepo.BlobPlane;

/// <summary>Limits between the caches and the origin.</summary>
public sealed record TieredBlobSourceOptions
{
    /// <summary>Reads of the origin at a time.</summary>
    public int OriginReadsMax { get; init; } = 64;

    /// <summary>Reads that may wait for their turn; more are answered "overloaded".</summary>
    public int OriginWaitersMax { get; init; } = 4096;

    /// <summary>Limit for one read of the origin, waiting for its turn included.</summary>
    public TimeSpan OriginTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
