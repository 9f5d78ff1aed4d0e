using System.Reflection;
using Monorepo.BlobPlane;
using Monorepo.BlobPlane.Caching;
using Monorepo.Formats.Protos;
using Monorepo.Memcached;

namespace Monorepo.Operations.Statistics;

/// <summary>Puts the server's statistics together. Thread-safe.</summary>
/// <param name="state">What is measured.</param>
/// <param name="latency">Of requests for contents.</param>
/// <param name="methods">Of gRPC.</param>
/// <param name="time">The clock of the answers.</param>
public sealed class StatisticsReader(IServerState state, BlobReadLatency latency, MethodStatistics methods, TimeProvider time)
{
    /// <summary>The hot set among tiers and owners of memory.</summary>
    public const string HotSetName = "hot-set";

    private static readonly string s_version =
        typeof(StatisticsReader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly long _startedMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    public ServerStatistics Read()
    {
        ServerStatistics statistics = new()
        {
            Version = s_version,
            StartedUnixMs = _startedMs,
            NowUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
            Blobs = ReadBlobs(),
            Store = state.Store,
            Ucx = state.Ucx,
        };
        statistics.Methods.AddRange(methods.ToMessages());
        statistics.Memory.AddRange(ReadMemory());
        statistics.Nodes.AddRange(ReadNodes());
        return statistics;
    }

    internal BlobPlaneCounters ReadBlobs()
    {
        BlobPlaneStatistics blobs = state.Blobs;
        BlobPlaneCounters counters = new()
        {
            Requests = (ulong)blobs.Requests,
            Found = (ulong)blobs.Found,
            Missing = (ulong)blobs.Missing,
            Deferred = (ulong)blobs.Deferred,
            FoundBytes = (ulong)blobs.FoundBytes,
            Latency = latency.Histogram.ToMessage(),
            OriginReads = (ulong)blobs.Origin.Reads,
            OriginFailures = (ulong)blobs.Origin.Failures,
            OriginCollapsed = (ulong)blobs.Origin.Collapsed,
        };
        if (state.Leases is { } leases)
        {
            counters.LeasesWon = (ulong)leases.Won;
            counters.LeasesSpared = (ulong)leases.Spared;
            counters.LeasesTimedOut = (ulong)leases.TimedOut;
        }

        if (blobs.Hot is { } hot)
        {
            counters.Tiers.Add(new TierCounters
            {
                Name = HotSetName,
                Hits = (ulong)hot.Hits,
                Misses = (ulong)hot.Misses,
                HitBytes = (ulong)hot.HitBytes,
                Fills = (ulong)(hot.Offers - hot.Declined),
                DroppedFills = (ulong)hot.Declined,
            });
        }

        counters.Tiers.AddRange(blobs.Caches.Select(ToMessage));
        counters.Tiers.Add(new TierCounters
        {
            Name = state.OriginName,
            Hits = (ulong)blobs.Origin.Found,
            Misses = (ulong)blobs.Origin.Missing,
            HitBytes = (ulong)blobs.Origin.FoundBytes,
        });
        return counters;
    }

    internal IEnumerable<MemoryOwner> ReadMemory()
    {
        yield return new MemoryOwner { Name = "process", Bytes = (ulong)Environment.WorkingSet };
        // Committed is known from the first collection on.
        yield return new MemoryOwner { Name = "gc-heap", Bytes = (ulong)Math.Max(GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes, GC.GetTotalMemory(forceFullCollection: false)) };
        foreach (MemoryOwner owner in state.Memory)
            yield return owner;
    }

    internal IEnumerable<CacheNodeState> ReadNodes() => state.Nodes.Select(ToMessage);

    private static TierCounters ToMessage(EnvelopeCacheStatistics cache) => new()
    {
        Name = cache.Name,
        Hits = (ulong)cache.Hits,
        Misses = (ulong)cache.Misses,
        HitBytes = (ulong)cache.HitBytes,
        Rejections = (ulong)cache.Rejections,
        Fills = (ulong)cache.Fills,
        FailedFills = (ulong)cache.FailedFills,
        DroppedFills = (ulong)cache.DroppedFills,
    };

    private static CacheNodeState ToMessage(NodeStatistics node) => new()
    {
        Node = node.Node.ToString(),
        State = node.State.ToString().ToLowerInvariant(),
        Hits = (ulong)node.Hits,
        Misses = (ulong)node.Misses,
        Unanswered = (ulong)node.UnansweredGets,
        Stores = (ulong)node.Stores,
        FailedStores = (ulong)node.FailedStores,
        ConnectionErrors = (ulong)node.ConnectionErrors,
        Timeouts = (ulong)node.Timeouts,
        ProtocolErrors = (ulong)node.ProtocolErrors,
        BytesReceived = (ulong)node.BytesReceived,
        BytesSent = (ulong)node.BytesSent,
    };
}
