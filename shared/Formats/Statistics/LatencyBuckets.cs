using System.Numerics;

namespace Monorepo.Formats.Statistics;

/// <summary>Which bucket a duration falls into (FORMAT.md), and percentiles of counted buckets. High dynamic range in 464 buckets.</summary>
public static class LatencyBuckets
{
    public const int Count = Linear + (SubBuckets * 27);

    private const int SubBuckets = 16;
    private const int Linear = 2 * SubBuckets;

    // Bits of the first value that is not its own bucket: 32 is 2^5.
    private const int LinearBits = 5;

    /// <param name="microseconds">Negative counts as 0; what is past the last bucket falls into it.</param>
    public static int Of(long microseconds)
    {
        if (microseconds < Linear)
            return (int)Math.Max(0, microseconds);
        int exponent = BitOperations.Log2((ulong)microseconds) - LinearBits;
        int sub = (int)(microseconds >> (exponent + 1)) - SubBuckets;
        return Math.Min(Count - 1, Linear + (SubBuckets * exponent) + sub);
    }

    /// <summary>The largest duration of a bucket, in microseconds.</summary>
    public static long UpperBound(int bucket)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bucket);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(bucket, Count);
        if (bucket < Linear)
            return bucket;
        (int exponent, int sub) = Math.DivRem(bucket - Linear, SubBuckets);
        return ((SubBuckets + sub + 1L) << (exponent + 1)) - 1;
    }

    /// <summary>The duration in microseconds that so large a part of the counted ones do not exceed; 0 where nothing was counted.</summary>
    /// <param name="counts">One for each bucket, <see cref="Count"/> of them.</param>
    /// <param name="part">0 to 1: 0.99 for p99.</param>
    public static long Percentile(ReadOnlySpan<long> counts, double part)
    {
        long total = 0;
        foreach (long count in counts)
            total += count;
        long wanted = Math.Max(1, (long)Math.Ceiling(total * part));
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            wanted -= counts[bucket];
            if (wanted <= 0)
                return UpperBound(bucket);
        }

        return 0;
    }
}
