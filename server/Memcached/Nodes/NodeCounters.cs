namespace Monorepo.Memcached.Nodes;

/// <summary>The live totals behind <see cref="NodeStatistics"/>; fields are changed with <see cref="Interlocked"/> only.</summary>
internal sealed class NodeCounters
{
    public long Hits;
    public long Misses;
    public long UnansweredGets;
    public long LeasesWon;
    public long LeasesLost;
    public long Stores;
    public long FailedStores;
    public long ConnectionErrors;
    public long Timeouts;
    public long ProtocolErrors;
    public long ServerErrors;
    public long Saturations;
    public long HitBytes;
    public long BytesReceived;
    public long BytesSent;

    public NodeStatistics Snapshot(MemcachedEndpoint node, NodeState state) => new()
    {
        Node = node,
        State = state,
        Hits = Interlocked.Read(ref Hits),
        Misses = Interlocked.Read(ref Misses),
        UnansweredGets = Interlocked.Read(ref UnansweredGets),
        LeasesWon = Interlocked.Read(ref LeasesWon),
        LeasesLost = Interlocked.Read(ref LeasesLost),
        Stores = Interlocked.Read(ref Stores),
        FailedStores = Interlocked.Read(ref FailedStores),
        ConnectionErrors = Interlocked.Read(ref ConnectionErrors),
        Timeouts = Interlocked.Read(ref Timeouts),
        ProtocolErrors = Interlocked.Read(ref ProtocolErrors),
        ServerErrors = Interlocked.Read(ref ServerErrors),
        Saturations = Interlocked.Read(ref Saturations),
        HitBytes = Interlocked.Read(ref HitBytes),
        BytesReceived = Interlocked.Read(ref BytesReceived),
        BytesSent = Interlocked.Read(ref BytesSent),
    };
}
