using Monorepo.BlobPlane.Caching;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Tests.Caching;

public sealed class FillQueueTests
{
    [Fact]
    public async Task Bytes_and_entries_are_bounded_and_come_free_again()
    {
        var gate = new SemaphoreSlim(0);
        int stored = 0;
        await using var queue = new FillQueue(entriesMax: 3, bytesMax: 100, workers: 1, async (_, token) =>
        {
            await gate.WaitAsync(token);
            Interlocked.Increment(ref stored);
        });

        Assert.True(queue.TryAdd(Offer(60)));
        Assert.False(queue.TryAdd(Offer(41)));
        Assert.True(queue.TryAdd(Offer(40)));
        Assert.False(queue.TryAdd(Offer(1)));
        gate.Release(2);
        await Contents.UntilAsync(() => Volatile.Read(ref stored) == 2);
        await Contents.UntilAsync(() => queue.TryAdd(Offer(100)));
        gate.Release();
        await Contents.UntilAsync(() => Volatile.Read(ref stored) == 3);

        // One is in the worker's hands at most, so the fifth can't find room.
        int added = 0;
        while (added < 10 && queue.TryAdd(Offer(1)))
            added++;
        Assert.InRange(added, 3, 4);
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_what_is_queued()
    {
        var queue = new FillQueue(entriesMax: 10, bytesMax: 100, workers: 2, (_, token) => Task.Delay(Timeout.Infinite, token));
        for (int i = 0; i < 5; i++)
            Assert.True(queue.TryAdd(Offer(1)));
        await queue.DisposeAsync().AsTask().WaitAsync(Contents.Deadline);
        await queue.DisposeAsync();
        Assert.False(queue.TryAdd(Offer(1)));
    }

    private static FillQueue.Offer Offer(int bytes) => new(Contents.Repository, ObjectId.Null, new byte[bytes]);
}
