namespace Monorepo.Memcached;

/// <summary>What one node has done since the client was created. Totals only grow; two snapshots give a rate.</summary>
public sealed record NodeStatistics
{
    public required MemcachedEndpoint Node { get; init; }

    public required NodeState State { get; init; }

    /// <summary>Keys answered with a value. A split value counts one for its manifest and one for each chunk.</summary>
    public required long Hits { get; init; }

    /// <summary>Keys the node answered it does not have.</summary>
    public required long Misses { get; init; }

    /// <summary>Keys not answered: node down, slow, saturated or broken. To the caller they were misses.</summary>
    public required long UnansweredGets { get; init; }

    /// <summary>Misses that were this process's turn to fill.</summary>
    public required long LeasesWon { get; init; }

    /// <summary>Misses that another process was filling, each time they were asked for.</summary>
    public required long LeasesLost { get; init; }

    /// <summary>Items the node accepted.</summary>
    public required long Stores { get; init; }

    /// <summary>Items the node refused or did not answer for.</summary>
    public required long FailedStores { get; init; }

    /// <summary>Connections lost: reset, refused, or closed by the node with requests in flight.</summary>
    public required long ConnectionErrors { get; init; }

    /// <summary>Connections dropped because a request was not answered in time.</summary>
    public required long Timeouts { get; init; }

    /// <summary>Connections dropped because of bytes that are not in the protocol. Someone should look.</summary>
    public required long ProtocolErrors { get; init; }

    /// <summary>Commands answered with SERVER_ERROR.</summary>
    public required long ServerErrors { get; init; }

    /// <summary>Requests turned away because too many were waiting for room in the pipeline, or waited too long.</summary>
    public required long Saturations { get; init; }

    /// <summary>Value bytes received in hits.</summary>
    public required long HitBytes { get; init; }

    public required long BytesReceived { get; init; }

    public required long BytesSent { get; init; }
}
