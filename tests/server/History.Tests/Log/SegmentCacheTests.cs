using Monorepo.Core;
using Monorepo.History.Log;
using Monorepo.Storage;

namespace Monorepo.History.Tests.Log;

public sealed class SegmentCacheTests
{
    private static readonly RepositoryName s_repository = RepositoryName.Parse("a");

    [Fact]
    public async Task Many_at_once_cost_one_read_and_one_that_gives_up_stops_nobody()
    {
        SegmentCache cache = new();
        TaskCompletionSource<SealedSegment?> read = new();
        int reads = 0;
        using CancellationTokenSource impatient = new();
        Task<SealedSegment?> first = cache.GetAsync(Range(0), ReadAsync, impatient.Token);
        Task<SealedSegment?>[] others = [.. Enumerable.Range(0, 50).Select(_ => cache.GetAsync(Range(0), ReadAsync, default))];
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        SealedSegment segment = Segment(0, 10);
        read.SetResult(segment);
        Assert.All(await Task.WhenAll(others), s => Assert.Same(segment, s));
        Assert.Same(segment, await cache.GetAsync(Range(0), ReadAsync, default));
        Assert.Equal(1, reads);

        Task<SealedSegment?> ReadAsync()
        {
            Interlocked.Increment(ref reads);
            return read.Task;
        }
    }

    [Fact]
    public async Task Failures_and_absence_are_not_kept()
    {
        SegmentCache cache = new();
        await Assert.ThrowsAsync<IOException>(() => cache.GetAsync(Range(0), () => throw new IOException("disk"), default));
        Assert.Null(await cache.GetAsync(Range(0), () => Task.FromResult<SealedSegment?>(null), default));
        SealedSegment other = Segment(0, 5);
        Assert.Same(other, await cache.GetAsync(Range(3), () => Task.FromResult<SealedSegment?>(other), default));
        SealedSegment right = Segment(3, 5);
        Assert.Same(right, await cache.GetAsync(Range(3), () => Task.FromResult<SealedSegment?>(right), default));
        Assert.Same(right, await cache.GetAsync(Range(3), () => throw new IOException("not asked"), default));
    }

    [Fact]
    public async Task The_least_recently_used_goes_when_the_bytes_are_too_many()
    {
        SegmentCache cache = new();
        int third = (int)(SegmentCache.BytesMax / 3);
        for (int i = 0; i < 3; i++)
        {
            await cache.GetAsync(Range(i), () => Task.FromResult<SealedSegment?>(Segment(i, third)), default);
        }

        Assert.True(await IsKeptAsync(0));
        await cache.GetAsync(Range(3), () => Task.FromResult<SealedSegment?>(Segment(3, third)), default);
        Assert.False(await IsKeptAsync(1));
        Assert.True(await IsKeptAsync(0));
        Assert.True(await IsKeptAsync(2));
        Assert.True(await IsKeptAsync(3));
        await cache.GetAsync(Range(4), () => Task.FromResult<SealedSegment?>(Segment(4, (int)SegmentCache.BytesMax + 1)), default);
        Assert.False(await IsKeptAsync(4));

        async Task<bool> IsKeptAsync(int position) => await cache.GetAsync(Range(position), () => Task.FromResult<SealedSegment?>(null), default) is not null;
    }

    private static SegmentRange Range(long position) => new(s_repository, 1, position, null);

    private static SealedSegment Segment(long position, int bytes) => new(position, 1, new byte[bytes]);
}
