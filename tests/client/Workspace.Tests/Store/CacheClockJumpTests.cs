using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Store;

public sealed class CacheClockJumpTests : IDisposable
{
    private const int Objects = 400;
    private const int NewestKept = 60;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(-365)]
    [InlineData(365)]
    public void What_was_added_last_stays_and_the_oldest_goes_however_the_clock_jumps(int days)
    {
        JumpingTime time = new();
        ObjectCacheOptions options = new() { PackBytesMax = 32 << 10, SlotsPerPack = 1 << 8, CacheBytesMax = 400 << 10, TimeProvider = time };
        CacheEntry[] entries = [.. Enumerable.Range(0, Objects).Select(RandomBlobs.Entry)];
        for (int i = 0; i < Objects; i++)
        {
            if (i == Objects / 2)
            {
                time.Now += TimeSpan.FromDays(days);
            }

            // Each by a process of its own.
            using ObjectCache cache = new(_directory.Path, options);
            Assert.True(cache.Add([entries[i]]));
        }

        using ObjectCache after = new(_directory.Path, options);
        Assert.InRange(after.MeasureBytes(), 1, options.CacheBytesMax);
        Assert.All(entries[^NewestKept..], e => Assert.NotNull(after.TryRead(e.Id)));
        Assert.Null(after.TryRead(entries[0].Id));
    }

    private sealed class JumpingTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
