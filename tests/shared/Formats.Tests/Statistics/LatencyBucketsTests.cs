using Monorepo.Formats.Statistics;

namespace Monorepo.Formats.Tests.Statistics;

public sealed class LatencyBucketsTests
{
    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(31, 31)]
    [InlineData(32, 32)]
    [InlineData(33, 32)]
    [InlineData(34, 33)]
    [InlineData(63, 47)]
    [InlineData(64, 48)]
    [InlineData(67, 48)]
    [InlineData(1_000_000, 32 + (16 * 14) + 14)]
    [InlineData(long.MaxValue, 463)]
    public void The_buckets_are_the_format_s(long microseconds, int bucket) => Assert.Equal(bucket, LatencyBuckets.Of(microseconds));

    [Fact]
    public void Each_bucket_ends_where_the_next_begins_and_is_a_sixteenth_wide()
    {
        long before = -1;
        for (int bucket = 0; bucket < LatencyBuckets.Count; bucket++)
        {
            long upper = LatencyBuckets.UpperBound(bucket);
            Assert.Equal(bucket, LatencyBuckets.Of(before + 1));
            Assert.Equal(bucket, LatencyBuckets.Of(upper));
            Assert.True((upper - before - 1) * 16 <= before + 1, $"bucket {bucket} from {before + 1} to {upper}");
            before = upper;
        }
    }

    [Fact]
    public void Percentiles_are_those_of_the_sorted_values_to_a_sixteenth()
    {
        Random random = new(20_260_101);
        long[] values = [.. Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 18))];
        long[] counts = new long[LatencyBuckets.Count];
        foreach (long value in values)
            counts[LatencyBuckets.Of(value)]++;
        Array.Sort(values);
        foreach (double part in (double[])[0.5, 0.9, 0.99, 1])
        {
            long exact = values[(int)Math.Ceiling(values.Length * part) - 1];
            Assert.InRange(LatencyBuckets.Percentile(counts, part), exact, exact + (exact / 16));
        }

        Assert.Equal(0, LatencyBuckets.Percentile(new long[LatencyBuckets.Count], 0.5));
    }
}
