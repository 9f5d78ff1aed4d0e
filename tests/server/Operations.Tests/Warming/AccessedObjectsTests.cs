using Monorepo.Core;
using Monorepo.Operations.AccessLog;
using Monorepo.Operations.Warming;

namespace Monorepo.Operations.Tests.Warming;

public sealed class AccessedObjectsTests
{
    private static readonly RepositoryName s_repository = RepositoryName.Parse("demo");
    private static readonly RepositoryName s_other = RepositoryName.Parse("other");

    [Theory]
    [InlineData(1, 0.5, 1 << 20)]
    [InlineData(2, 0.9, 1 << 20)]
    [InlineData(3, 0.99, 50)]
    [InlineData(4, 1.0, 20)]
    [InlineData(5, 0.01, 7)]
    public async Task It_takes_the_fewest_objects_that_reach_the_rate(int seed, double hitRate, int objectsPerPassMax)
    {
        AccessRecord[] records = Records(seed);
        AccessedObjects chosen = AccessedObjects.Choose(() => records, s_repository, hitRate, CancellationToken.None, objectsPerPassMax);

        Dictionary<ObjectId, int> reads = records.Where(r => r.Repository == s_repository && r.EnvelopeBytes > 0).CountBy(r => r.Id).ToDictionary();
        int total = reads.Values.Sum();
        int fewest = 0, hits = 0;
        foreach (int count in reads.Values.OrderDescending())
        {
            if (hits >= Math.Ceiling(total * hitRate))
                break;
            hits += count;
            fewest++;
        }

        (ObjectId Id, uint Bytes)[] objects = [.. chosen.Read(CancellationToken.None)];
        Assert.Equal((total, reads.Count, hits), ((int)chosen.Accesses, (int)chosen.Objects, (int)chosen.Hits));
        Assert.Equal(fewest, objects.DistinctBy(o => o.Id).Count());
        Assert.Equal(fewest, objects.Length);
        Assert.Equal(hits, objects.Sum(o => reads[o.Id]));
        Assert.All(objects, o => Assert.Equal(records.Last(r => r.Id == o.Id && r.Repository == s_repository).EnvelopeBytes, o.Bytes));

        List<ObjectId> given = [];
        await foreach (IReadOnlyList<ObjectId> batch in chosen.ReadAsync(CancellationToken.None))
            given.AddRange(batch);
        Assert.Equal(objects.Select(o => o.Id), given);
    }

    [Fact]
    public void A_log_without_reads_of_the_repository_gives_nothing()
    {
        AccessedObjects chosen = AccessedObjects.Choose(() => [], s_repository, 0.99, CancellationToken.None);
        Assert.Equal((0, 0), (chosen.Accesses, chosen.Objects));
        Assert.Empty(chosen.Read(CancellationToken.None));
    }

    /// <summary>A few objects read often and many read seldom; some that nobody had, and another repository's reads of the same.</summary>
    private static AccessRecord[] Records(int seed)
    {
        Random random = new(seed);
        return
        [
            .. Enumerable.Range(0, 3_000).Select(i =>
            {
                int number = (int)(300 * Math.Pow(random.NextDouble(), 3));
                bool isMissing = number % 37 == 5;
                return new AccessRecord(
                    i, random.Next(5) == 0 ? s_other : s_repository, ObjectHasher.Hash(ObjectKind.Blob, BitConverter.GetBytes(number)), "store",
                    isMissing ? 0 : (uint)(1 + random.Next(1_000)));
            }),
        ];
    }
}
