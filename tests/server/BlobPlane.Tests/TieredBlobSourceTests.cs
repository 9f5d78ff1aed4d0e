using Monorepo.BlobPlane.Hot;
using Monorepo.BlobPlane.Origins;
using Monorepo.BlobPlane.Tests.Fakes;
using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.BlobPlane.Tests;

public sealed class TieredBlobSourceTests
{
    private static readonly RepositoryName Repository = Contents.Repository;

    [Fact]
    public async Task Contents_come_from_the_first_tier_that_has_them_and_move_forward()
    {
        NewObject[] objects = Contents.MakeMany(3);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        var near = new DictionaryCache();
        var far = new DictionaryCache();
        near.Offer(Repository, objects[0].Id, objects[0].Envelope);
        far.Offer(Repository, objects[1].Id, objects[1].Envelope);
        using var source = new TieredBlobSource([near, far], origin);

        using BlobBatch batch = await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default);

        Contents.AssertFound(objects, batch);
        Assert.Equal(3, near.Held.Count);
        Assert.Equal(2, far.Held.Count);
        BlobPlaneStatistics statistics = source.Statistics;
        Assert.Equal([(1L, 2L), (1L, 1L)], statistics.Caches.Select(c => (c.Hits, c.Misses)));
        Assert.Equal((1L, 1L, objects[2].Envelope.Length), (statistics.Origin.Reads, statistics.Origin.Found, statistics.Origin.FoundBytes));
        Assert.Equal((1L, 3L, 0L, 0L), (statistics.Requests, statistics.Found, statistics.Missing, statistics.Deferred));
        Assert.Equal(objects.Sum(o => o.Envelope.Length), statistics.FoundBytes);

        using BlobBatch again = await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default);
        Contents.AssertFound(objects, again);
        Assert.Equal(1, origin.Reads);
    }

    [Fact]
    public async Task What_io_threads_answer_from_the_hot_set_counts_once_as_answered()
    {
        NewObject[] objects = Contents.MakeMany(3);
        using var arena = new NativeArena(HotSet.SizeBytesMin + (8 << 20));
        using var hot = new HotSet(arena, HotSet.SizeBytesMin);
        using var source = new TieredBlobSource([], new StoreOrigin(await Contents.StoreAsync(objects)), hot: hot);
        using (IHotBlobReader reader = hot.OpenReader())
        {
            Assert.False(Read(reader));
            (await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default)).Dispose();
            Assert.True(Read(reader));
            Assert.True(Read(reader));
        }

        // One that is half hot is asked again as a whole, and counted there.
        (await source.GetAsync(Repository, (ObjectId[])[.. objects.Ids(), Contents.Unknown(1)], BlobReadOptions.None, default)).Dispose();
        BlobPlaneStatistics statistics = source.Statistics;
        Assert.Equal((4L, 12L, 1L), (statistics.Requests, statistics.Found, statistics.Missing));
        Assert.Equal(4 * objects.Sum(o => o.Envelope.Length), statistics.FoundBytes);
        Assert.Equal((9L, 4L, 2L, 6L), (statistics.Hot!.Hits, statistics.Hot.Misses, statistics.Hot.AnsweredRequests, statistics.Hot.Answered));

        bool Read(IHotBlobReader reader)
        {
            bool isWhole = reader.TryBeginRead(reader.NumberOf(Repository), objects.Ids(), new HotSlice[objects.Length]);
            reader.EndRead();
            return isWhole;
        }
    }

    [Fact]
    public async Task A_full_request_with_repeats_and_unknown_ids_is_answered_in_order()
    {
        NewObject[] objects = Contents.MakeMany(1000, bytes: 40);
        using var source = new TieredBlobSource([new DictionaryCache()], new StoreOrigin(await Contents.StoreAsync(objects)));
        var ids = new ObjectId[BlobLimits.KeysPerRequestMax];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = i % 3 == 0 ? Contents.Unknown(i) : objects[i * 7 % objects.Length].Id;
        using BlobBatch batch = await source.GetAsync(Repository, ids, BlobReadOptions.None, default);
        for (int i = 0; i < ids.Length; i++)
        {
            BlobEntry entry = batch.Entries.Span[i];
            Assert.Equal(i % 3 == 0 ? BlobOutcome.Missing : BlobOutcome.Found, entry.Outcome);
            if (i % 3 != 0)
                Assert.True(entry.Envelope.Span.SequenceEqual(objects[i * 7 % objects.Length].Envelope.Span));
        }

        await Assert.ThrowsAsync<ArgumentException>(async () => await source.GetAsync(Repository, new ObjectId[BlobLimits.KeysPerRequestMax + 1], BlobReadOptions.None, default));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task More_than_fits_comes_in_several_answers(bool cached)
    {
        NewObject[] objects = Contents.MakeMany(36, bytes: 2 << 20);
        var cache = new DictionaryCache();
        using var source = new TieredBlobSource(cached ? [cache] : [], new StoreOrigin(await Contents.StoreAsync(objects)));
        for (int round = 0; round < 2; round++)
        {
            using BlobBatch first = await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default);
            Assert.InRange(first.Entries.ToArray().Sum(e => (long)e.Envelope.Length), BlobLimits.ReplyBytesTarget / 2, BlobLimits.ReplyBytesTarget);

            await using var transport = new LoopbackBlobTransport(source);
            var seen = new HashSet<ObjectId>();
            await foreach ((ObjectId id, BlobEntry entry) in transport.GetAllAsync(Repository, objects.Ids()))
            {
                Assert.Equal(BlobOutcome.Found, entry.Outcome);
                Assert.True(seen.Add(id));
            }

            Assert.Equal(objects.Length, seen.Count);
        }

        Assert.Equal(cached ? objects.Length : 0, cache.Held.Count);
    }

    [Fact]
    public async Task Simultaneous_misses_of_one_object_cost_one_read()
    {
        NewObject[] objects = Contents.MakeMany(1);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        using var source = new TieredBlobSource([], origin);
        origin.Close();
        Task<BlobBatch>[] requests = [.. Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default)))];
        await Contents.UntilAsync(() => source.Statistics.Origin.Collapsed == 63);
        origin.Open();
        foreach (BlobBatch batch in await Task.WhenAll(requests).WaitAsync(Contents.Deadline))
            Contents.AssertFound(objects, batch);
        Assert.Equal(1, origin.Reads);
        Assert.Equal(1, source.Statistics.Origin.Found);
    }

    [Fact]
    public async Task Overlapping_requests_wait_only_for_what_they_share()
    {
        NewObject[] objects = Contents.MakeMany(3);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        using var source = new TieredBlobSource([], origin);
        origin.Close();
        Task<BlobBatch> first = source.GetAsync(Repository, objects[..2].Ids(), BlobReadOptions.None, default).AsTask();
        Task<BlobBatch> second = source.GetAsync(Repository, objects[1..].Ids(), BlobReadOptions.None, default).AsTask();
        await Contents.UntilAsync(() => origin.Reads == 2);
        origin.Open();
        Contents.AssertFound(objects[..2], await first);
        Contents.AssertFound(objects[1..], await second);
        Assert.Equal((3L, 1L), (source.Statistics.Origin.Found, source.Statistics.Origin.Collapsed));
    }

    [Fact]
    public async Task The_request_that_started_a_read_may_leave_without_hurting_the_others()
    {
        NewObject[] objects = Contents.MakeMany(1);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        using var source = new TieredBlobSource([], origin);
        using var impatience = new CancellationTokenSource();
        origin.Close();
        Task<BlobBatch> leader = source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, impatience.Token).AsTask();
        await origin.Arrived.Task;
        Task<BlobBatch> follower = source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default).AsTask();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        origin.Open();
        Contents.AssertFound(objects, await follower.WaitAsync(Contents.Deadline));
        Assert.Equal(1, origin.Reads);
    }

    [Fact]
    public async Task A_failed_read_fails_all_who_wait_and_is_not_remembered()
    {
        NewObject[] objects = Contents.MakeMany(1);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        using var source = new TieredBlobSource([], origin);
        origin.Close();
        origin.Failure = new IOException("disk");
        Task<BlobBatch>[] requests = [.. Enumerable.Range(0, 5).Select(_ => source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default).AsTask())];
        origin.Open();
        foreach (Task<BlobBatch> request in requests)
            Assert.Same(origin.Failure, await Assert.ThrowsAsync<IOException>(() => request));
        Assert.Equal(1, source.Statistics.Origin.Failures);
        origin.Failure = null;
        using BlobBatch batch = await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default);
        Contents.AssertFound(objects, batch);
    }

    [Fact]
    public async Task A_read_that_was_full_for_someone_else_still_gives_the_first_object()
    {
        NewObject large = Contents.Make(1, 40 << 20), other = Contents.Make(2, 40 << 20);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(large, other)));
        using var source = new TieredBlobSource([], origin);
        origin.Close();
        Task<BlobBatch> both = source.GetAsync(Repository, new[] { large.Id, other.Id }, BlobReadOptions.None, default).AsTask();
        await origin.Arrived.Task;
        Task<BlobBatch> single = source.GetAsync(Repository, new[] { other.Id }, BlobReadOptions.None, default).AsTask();
        origin.Open();
        Assert.Equal([BlobOutcome.Found, BlobOutcome.Deferred], (await both).Entries.ToArray().Select(e => e.Outcome));
        Contents.AssertFound([other], await single);
    }

    [Fact]
    public async Task Too_many_waiting_reads_are_overload()
    {
        NewObject[] objects = Contents.MakeMany(3);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        using var source = new TieredBlobSource([], origin, new TieredBlobSourceOptions { OriginReadsMax = 1, OriginWaitersMax = 1 });
        origin.Close();
        Task<BlobBatch> running = source.GetAsync(Repository, objects[..1].Ids(), BlobReadOptions.None, default).AsTask();
        await origin.Arrived.Task;
        Task<BlobBatch>[] rest = [.. objects[1..].Select(o => source.GetAsync(Repository, new[] { o.Id }, BlobReadOptions.None, default).AsTask())];
        Task<BlobBatch> turnedAway = await Task.WhenAny(rest).WaitAsync(Contents.Deadline);
        Assert.Equal(BlobTransportError.Overloaded, (await Assert.ThrowsAsync<BlobTransportException>(() => turnedAway)).Error);
        origin.Open();
        await running;
        Assert.Equal(BlobOutcome.Found, (await Assert.Single(rest, r => r != turnedAway)).Entries.Span[0].Outcome);
    }

    [Fact]
    public async Task A_read_has_a_deadline_and_disposal_ends_it()
    {
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync()));
        origin.Close();
        using (var source = new TieredBlobSource([], origin, new TieredBlobSourceOptions { OriginTimeout = TimeSpan.FromMilliseconds(1) }))
        {
            BlobTransportException late = await Assert.ThrowsAsync<BlobTransportException>(
                async () => await source.GetAsync(Repository, new[] { Contents.Unknown(1) }, BlobReadOptions.None, default));
            Assert.Equal(BlobTransportError.SourceFailed, late.Error);
        }

        var stopping = new TieredBlobSource([], origin);
        Task<BlobBatch> waiting = stopping.GetAsync(Repository, new[] { Contents.Unknown(1) }, BlobReadOptions.None, default).AsTask();
        stopping.Dispose();
        Assert.Equal(BlobTransportError.ShuttingDown, (await Assert.ThrowsAsync<BlobTransportException>(() => waiting.WaitAsync(Contents.Deadline))).Error);
    }

    [Fact]
    public async Task While_the_origin_fails_what_the_caches_have_is_served()
    {
        NewObject[] objects = Contents.MakeMany(2000);
        var origin = new GatedOrigin(new StoreOrigin(await Contents.StoreAsync(objects)));
        var cache = new DictionaryCache();
        using var source = new TieredBlobSource([cache], origin);
        NewObject[] hot = [.. objects.Where((_, i) => i % 2 == 1)];
        foreach (NewObject item in hot)
            cache.Offer(Repository, item.Id, item.Envelope);
        origin.Failure = new BlobTransportException(BlobTransportError.SourceFailed, "the history server is down");

        // All cold ones first: more than one step without a hit.
        ObjectId[] cold = [.. objects.Where((_, i) => i % 2 == 0).Ids()];
        using BlobBatch batch = await source.GetAsync(Repository, (ObjectId[])[.. cold, .. hot.Ids()], BlobReadOptions.None, default);
        Assert.All(batch.Entries.ToArray()[..cold.Length], e => Assert.Equal(BlobOutcome.Deferred, e.Outcome));
        for (int i = 0; i < hot.Length; i++)
            Assert.True(batch.Entries.Span[cold.Length + i].Envelope.Span.SequenceEqual(hot[i].Envelope.Span));
        Assert.Equal(1, origin.Reads);

        BlobTransportException failure = await Assert.ThrowsAsync<BlobTransportException>(async () => await source.GetAsync(Repository, cold, BlobReadOptions.None, default));
        Assert.Equal("the history server is down", failure.Message);

        origin.Failure = null;
        using BlobBatch all = await source.GetAsync(Repository, objects.Ids(), BlobReadOptions.None, default);
        Contents.AssertFound(objects, all);
    }
}
