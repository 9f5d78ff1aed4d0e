using Monorepo.Formats.Protos;
using Monorepo.Formats.Statistics;

namespace Monorepo.Operations.Statistics;

/// <summary>Counts durations; 4 KiB whatever is counted. Thread-safe.</summary>
public sealed class LatencyHistogram
{
    private readonly long[] _counts = new long[LatencyBuckets.Count];
    private long _sumUs;

    public void Record(TimeSpan duration)
    {
        long us = (long)duration.TotalMicroseconds;
        Interlocked.Increment(ref _counts[LatencyBuckets.Of(us)]);
        Interlocked.Add(ref _sumUs, us);
    }

    public LatencyCounts ToMessage()
    {
        LatencyCounts message = new() { SumUs = (ulong)Interlocked.Read(ref _sumUs) };
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            long count = Interlocked.Read(ref _counts[bucket]);
            if (count == 0)
                continue;
            message.Buckets.Add((uint)bucket);
            message.Counts.Add((ulong)count);
        }

        return message;
    }
}
