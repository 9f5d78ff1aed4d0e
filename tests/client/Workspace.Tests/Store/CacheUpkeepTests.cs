using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

/// <summary>Looking after the cache: its size, what goes, what is damaged.</summary>
public sealed class CacheUpkeepTests : IDisposable
{
    private const int Seed = 3;

    private static readonly ObjectCacheOptions s_roomy = new() { PackBytesMax = 8192, SlotsPerPack = 64, CacheBytesMax = 1 << 30 };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_lower_limit_takes_the_oldest_packs()
    {
        CacheEntry[] entries = Fill(100);
        using ObjectCache cache = new(_directory.Path, s_roomy with { CacheBytesMax = 50_000 });
        int packs = cache.PackCount;
        CacheTrim told = cache.Trim(isDryRun: true);
        Assert.InRange(told.Packs, 1, packs - 1);
        Assert.Equal(packs, cache.PackCount);
        Assert.True(cache.Contains(entries[0].Id));

        CacheTrim trim = cache.Trim(isDryRun: false);
        Assert.Equal(told.Packs, trim.Packs);
        Assert.True(trim.PackBytes > 0);
        Assert.Equal(packs - told.Packs, cache.PackCount);
        Assert.InRange(cache.MeasureBytes(), 1, 50_000);
        Assert.False(cache.Contains(entries[0].Id));
        Assert.NotNull(cache.TryRead(entries[^1].Id));
        Assert.Equal(0, cache.Trim(isDryRun: false).Packs);
    }

    [Fact]
    public void What_dead_writers_left_goes_and_what_is_in_the_making_stays()
    {
        Fill(1);
        string old = _directory.File("p0000-old.pack");
        string fresh = _directory.File("p0001-fresh.idx.new");
        File.WriteAllText(old, "rest");
        File.WriteAllText(fresh, "rest");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        using ObjectCache cache = new(_directory.Path);
        Assert.Equal([old], cache.Trim(isDryRun: true).Leftovers);
        Assert.True(File.Exists(old));
        cache.Trim(isDryRun: false);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(fresh));
    }

    [Fact]
    public void Every_object_is_compared_with_its_id()
    {
        CacheEntry[] entries = Fill(100);
        using ObjectCache cache = new(_directory.Path, s_roomy);
        (long objects, IReadOnlyList<DamagedCacheObject> damaged) = cache.Verify(null, TestContext.Current.CancellationToken);
        Assert.Equal(entries.Length, objects);
        Assert.Empty(damaged);

        string pack = Directory.GetFiles(_directory.Path, "*.pack").Order(StringComparer.Ordinal).First();
        byte[] bytes = File.ReadAllBytes(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(pack, bytes);
        (_, damaged) = cache.Verify(null, TestContext.Current.CancellationToken);
        Assert.Null(cache.TryRead(Assert.Single(damaged).Id));
        Assert.Empty(cache.Verify(null, TestContext.Current.CancellationToken).Damaged);
    }

    [Theory]
    [InlineData(ConfigKeys.CacheBytesMin)]
    [InlineData(100L << 20)]
    [InlineData(10L << 30)]
    [InlineData(1L << 40)]
    public void Limits_of_any_size_fit_together(long bytes)
    {
        ObjectCacheOptions options = ObjectCacheOptions.Check(ObjectCacheOptions.For(bytes));
        Assert.Equal(bytes, options.CacheBytesMax);

        // So that a sixteenth of all goes at a time, not all.
        Assert.True(options.PackBytesMax + (options.SlotsPerPack * 32L) <= bytes / 8);
    }

    [Fact]
    public void A_limit_that_nobody_sets_is_ten_gibibytes_or_a_tenth_of_the_disk()
    {
        long limit = ObjectCacheOptions.DefaultBytesMax(_directory.File("not/there/yet"));
        Assert.Equal(Math.Min(10L << 30, new DriveInfo(_directory.Path).TotalSize / 10), limit);
    }

    private CacheEntry[] Fill(int count)
    {
        using ObjectCache cache = new(_directory.Path, s_roomy);
        Random random = new(Seed);
        CacheEntry[] entries = [.. Enumerable.Range(0, count).Select(_ =>
        {
            // Nothing that would be compressed.
            byte[] body = new byte[1000];
            random.NextBytes(body);
            return ObjectCacheTests.Entry(body);
        })];
        Assert.True(cache.Add(entries));
        return entries;
    }
}
