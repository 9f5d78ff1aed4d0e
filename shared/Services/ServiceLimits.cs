namespace Monorepo.Services;

/// <summary>The limits of our services, kept by servers and relied on by clients.</summary>
public static class ServiceLimits
{
    /// <summary>
    /// The largest message either side sends or accepts, for the options of channels and servers. Batches are far smaller
    /// (<see cref="BatchBytesTarget"/>); this is room for one object of the largest size that travels. A receiver takes memory
    /// as the bytes come, not when they are announced.
    /// </summary>
    public const int MessageBytesMax = 0x7FF1_0000;

    /// <summary>Envelope bytes after which a batch of objects is sent: small enough to start early, large enough that framing costs nothing.</summary>
    public const int BatchBytesTarget = 256 * 1024;

    /// <summary>Ids, or objects, or ref paths, that one request message may name.</summary>
    public const int IdsMax = 65_536;

    /// <summary>Trees or commits a request for trees may name as held already. Each costs the server reads at every level.</summary>
    public const int HavesMax = 256;

    /// <summary>Commits that one answer of <see cref="HistoryMethods.ReadCommits"/> may hold.</summary>
    public const int PlacedCommitsMax = 65_536;

    /// <summary>Refs that one request for commits may name.</summary>
    public const int RefsAskedMax = 1_024;
}
