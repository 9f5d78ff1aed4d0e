using Monorepo.Formats.Protos;
using Monorepo.Formats.Statistics;

namespace Monorepo.Admin.Output;

/// <summary>
/// A server's statistics beside those of a moment before: what a counter gained, how fast, and percentiles of what was counted in between. Without an
/// earlier answer, or when the server was started anew since, everything counts from the server's start.
/// </summary>
internal sealed class StatisticsView
{
    private static readonly BlobPlaneCounters s_noBlobs = new();
    private readonly ServerStatistics? _before;

    public StatisticsView(ServerStatistics now, ServerStatistics? before)
    {
        Now = now;
        _before = before?.StartedUnixMs == now.StartedUnixMs ? before : null;
        Interval = TimeSpan.FromMilliseconds(now.NowUnixMs - (_before?.NowUnixMs ?? now.StartedUnixMs));
    }

    public ServerStatistics Now { get; }

    /// <summary>What rates and percentiles are of.</summary>
    public TimeSpan Interval { get; }

    public TimeSpan Uptime => TimeSpan.FromMilliseconds(Now.NowUnixMs - Now.StartedUnixMs);

    public double PerSecond(Func<BlobPlaneCounters, ulong> counter) =>
        Rate(counter(Now.Blobs), counter(_before?.Blobs ?? s_noBlobs));

    public double CallsPerSecond(MethodCounters method) => Rate(method.Calls, Before(method)?.Calls ?? 0);

    /// <summary>Hits of what was asked of the tier; null where it was not asked.</summary>
    public double? HitRate(TierCounters tier)
    {
        TierCounters? before = _before?.Blobs.Tiers.FirstOrDefault(t => t.Name == tier.Name);
        double hits = tier.Hits - (before?.Hits ?? 0);
        double asked = hits + tier.Misses - (before?.Misses ?? 0);
        return asked > 0 ? hits / asked : null;
    }

    public Latencies BlobLatencies => new(Now.Blobs.Latency, _before?.Blobs.Latency);

    public Latencies LatenciesOf(MethodCounters method) => new(method.Latency, Before(method)?.Latency);

    private MethodCounters? Before(MethodCounters method) => _before?.Methods.FirstOrDefault(m => m.Name == method.Name);

    private double Rate(ulong now, ulong before) => (now - before) / Math.Max(0.001, Interval.TotalSeconds);
}

/// <summary>Percentiles in microseconds; 0 where nothing was counted.</summary>
internal readonly struct Latencies
{
    public Latencies(LatencyCounts now, LatencyCounts? before)
    {
        Span<long> counts = stackalloc long[LatencyBuckets.Count];
        counts.Clear();
        Add(counts, now, 1);
        if (before is not null)
            Add(counts, before, -1);
        P50 = LatencyBuckets.Percentile(counts, 0.5);
        P90 = LatencyBuckets.Percentile(counts, 0.9);
        P99 = LatencyBuckets.Percentile(counts, 0.99);
    }

    public long P50 { get; }

    public long P90 { get; }

    public long P99 { get; }

    private static void Add(Span<long> counts, LatencyCounts message, int sign)
    {
        int pairs = Math.Min(message.Buckets.Count, message.Counts.Count);
        for (int i = 0; i < pairs; i++)
        {
            if (message.Buckets[i] < LatencyBuckets.Count)
                counts[(int)message.Buckets[i]] += sign * (long)message.Counts[i];
        }
    }
}
