using Monorepo.BlobPlane.Hot;
using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Core;
using Monorepo.Testing.Blobs;

namespace Monorepo.BlobPlane.Tests.Hot;

public sealed class HotSetTests : IDisposable
{
    private const long Size = HotSet.SizeBytesMin;

    private static readonly RepositoryName s_repository = RepositoryName.Parse("a/b");

    private readonly NativeArena _arena = new(Size + (8 << 20));
    private readonly HotSet _hot;

    public HotSetTests() => _hot = new HotSet(_arena, Size);

    public void Dispose()
    {
        _hot.Dispose();
        _arena.Dispose();
    }

    /// <summary>Whose bytes follow from its number, so that a wrong envelope is seen.</summary>
    private static (ObjectId Id, byte[] Envelope) Item(int number, int lengthBytes)
    {
        Random random = new(number);
        ObjectId id = InMemoryBlobSource.RandomId(random);
        byte[] envelope = new byte[lengthBytes];
        random.NextBytes(envelope);
        return (id, envelope);
    }

    private void Offer((ObjectId Id, byte[] Envelope) item) => _hot.Offer(s_repository, item.Id, item.Envelope);

    private bool Has((ObjectId Id, byte[] Envelope) item)
    {
        BlobEntry[] entries = new BlobEntry[1];
        using HotLease? lease = _hot.Find(s_repository, [item.Id], entries);
        if (lease is null)
            return false;
        Assert.True(entries[0].Envelope.Span.SequenceEqual(item.Envelope));
        return true;
    }

    [Fact]
    public void Gives_what_was_offered_to_whom_may_have_it()
    {
        (ObjectId Id, byte[] Envelope) item = Item(1, 1_000);
        Assert.False(Has(item));
        Offer(item);
        Offer(item);
        Assert.True(Has(item));
        Assert.Equal(1, _hot.Statistics.Items);

        _hot.Offer(RepositoryName.Parse("another"), Item(2, 10).Id, Item(2, 10).Envelope);
        BlobEntry[] entries = new BlobEntry[1];
        Assert.Null(_hot.Find(RepositoryName.Parse("another"), [item.Id], entries));
        Assert.Null(_hot.Find(RepositoryName.Parse("unheard-of"), [item.Id], entries));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(500_000)]
    [InlineData(600_000)]
    [InlineData(2_000_000)]
    public void Takes_envelopes_of_every_length(int lengthBytes)
    {
        (ObjectId Id, byte[] Envelope)[] items = [.. Enumerable.Range(0, 5).Select(i => Item(i, lengthBytes + i))];
        foreach ((ObjectId Id, byte[] Envelope) item in items)
            Offer(item);
        Assert.All(items, item => Assert.True(Has(item)));
    }

    [Fact]
    public void Declines_what_is_too_long_or_empty()
    {
        Offer(Item(1, (int)(Size / 16) + 1));
        Offer(Item(2, 0));
        Assert.Equal((2, 0), (_hot.Statistics.Declined, _hot.Statistics.Items));
    }

    [Fact]
    public void A_reader_sees_all_of_a_request_or_nothing()
    {
        (ObjectId Id, byte[] Envelope)[] items = [.. Enumerable.Range(0, 40).Select(i => Item(i, 100 + i))];
        foreach ((ObjectId Id, byte[] Envelope) item in items)
            Offer(item);
        using IHotBlobReader reader = _hot.OpenReader();
        HotSlice[] slices = new HotSlice[40];
        ObjectId[] ids = [.. items.Select(static i => i.Id)];

        Assert.True(reader.TryBeginRead(reader.NumberOf(s_repository), ids, slices));
        for (int i = 0; i < items.Length; i++)
            Assert.True(slices[i].Span.SequenceEqual(items[i].Envelope));
        reader.EndRead();

        ids[39] = Item(1_000, 1).Id;
        Assert.False(reader.TryBeginRead(reader.NumberOf(s_repository), ids, slices));
        Assert.Equal(-1, reader.NumberOf(RepositoryName.Parse("unheard-of")));
        Assert.False(reader.TryBeginRead(-1, ids, slices));
        Assert.Equal(40, _hot.Statistics.Hits);
    }

    [Fact]
    public void Stays_within_its_size_however_much_comes_by()
    {
        Random random = new(1);
        long most = 0;
        for (int i = 0; i < 20_000; i++)
        {
            Offer(Item(i, random.Next(100) == 0 ? random.Next(1_500_000) : random.Next(1, 9_000)));
            most = Math.Max(most, _hot.Statistics.TakenBytes);
        }

        HotSetStatistics statistics = _hot.Statistics;
        Assert.InRange(most, Size / 2, Size);
        Assert.True(statistics.Evicted > 1_000);
        Assert.InRange(statistics.ItemBytes, 1, Size);
        Assert.Equal(20_000, statistics.Offers);
    }

    [Fact]
    public void What_is_asked_for_again_survives_a_scan()
    {
        (ObjectId Id, byte[] Envelope)[] wanted = [.. Enumerable.Range(0, 1_000).Select(i => Item(i, 4_000))];
        foreach ((ObjectId Id, byte[] Envelope) item in wanted)
            Offer(item);
        for (int round = 0; round < 3; round++)
            Assert.All(wanted, item => Assert.True(Has(item)));

        // Three times its size, each once.
        for (int i = 0; i < 3 * Size / 4_000; i++)
            Offer(Item(1_000_000 + i, 4_000));

        Assert.InRange(wanted.Count(Has), 950, 1_000);
        Assert.True(_hot.Statistics.Promoted > 0);
    }

    [Fact]
    public void What_comes_back_soon_after_it_left_comes_to_stay()
    {
        (ObjectId Id, byte[] Envelope)[] items = [.. Enumerable.Range(0, 100).Select(i => Item(i, 4_000))];
        foreach ((ObjectId Id, byte[] Envelope) item in items)
            Offer(item);
        int next = 1_000_000;
        while (Has(items[^1]) || Has(items[0]))
        {
            // Asking is a hit; one is not enough to stay.
            for (int i = 0; i < Size / 4_000; i++)
                Offer(Item(next++, 4_000));
        }

        foreach ((ObjectId Id, byte[] Envelope) item in items)
            Offer(item);
        Assert.InRange(_hot.Statistics.GhostHits, 50, 100);
    }

    [Fact]
    public void A_lease_keeps_its_envelopes_through_evictions()
    {
        (ObjectId Id, byte[] Envelope) item = Item(1, 5_000);
        Offer(item);
        BlobEntry[] entries = new BlobEntry[1];
        HotLease lease = _hot.Find(s_repository, [item.Id], entries)!;
        for (int i = 0; i < 3 * Size / 8_000; i++)
            Offer(Item(1_000 + i, 8_000));
        _hot.Clear();

        Assert.True(entries[0].Envelope.Span.SequenceEqual(item.Envelope));
        lease.Dispose();
        lease.Dispose();
        Assert.False(Has(item));
    }

    [Fact]
    public void Declines_when_everything_is_being_sent()
    {
        List<HotLease> leases = [];
        BlobEntry[] entries = new BlobEntry[1];
        int offered = 0;
        for (; _hot.Statistics.Declined == 0; offered++)
        {
            Assert.True(offered < 10_000, "It never declined.");
            Offer(Item(offered, 100_000));
            if (_hot.Find(s_repository, [Item(offered, 100_000).Id], entries) is { } lease)
                leases.Add(lease);
        }

        leases.ForEach(static lease => lease.Dispose());
        Offer(Item(-1, 100_000));
        Assert.True(Has(Item(-1, 100_000)));
    }

    [Fact]
    public void Removes_one_or_all()
    {
        (ObjectId Id, byte[] Envelope)[] items = [.. Enumerable.Range(0, 2_000).Select(i => Item(i, 3_000 + i))];
        foreach ((ObjectId Id, byte[] Envelope) item in items)
            Offer(item);
        Assert.True(_hot.Remove(s_repository, items[7].Id));
        Assert.False(_hot.Remove(s_repository, items[7].Id));
        Assert.False(Has(items[7]));
        Assert.True(Has(items[8]));

        _hot.Clear();
        Assert.Equal((0, 0), (_hot.Statistics.Items, _hot.Statistics.ItemBytes));
        Offer(items[7]);
        Assert.True(Has(items[7]));
    }

    [Fact]
    public async Task Readers_never_see_a_wrong_byte_while_everything_is_evicted_around_them()
    {
        int seed = Random.Shared.Next();
        (ObjectId Id, byte[] Envelope)[] items = [.. Enumerable.Range(0, 12_000).Select(i => Item(i, 500 + (i % 9_000)))];
        foreach ((ObjectId Id, byte[] Envelope) item in items.Take(500))
            Offer(item);
        using CancellationTokenSource done = new();
        TaskCompletionSource[] found = [new(), new(), new()];
        Task[] readers =
        [
            .. found.Select((first, reader) => Task.Run(() =>
            {
                using IHotBlobReader hot = _hot.OpenReader();
                Random random = new(unchecked(seed + reader));
                HotSlice[] slices = new HotSlice[4];
                ObjectId[] ids = new ObjectId[4];
                int[] asked = new int[4];
                long hits = 0;
                while (!done.IsCancellationRequested)
                {
                    for (int i = 0; i < ids.Length; i++)
                        ids[i] = items[asked[i] = random.Next(hits == 0 ? 500 : items.Length)].Id;
                    if (!hot.TryBeginRead(hot.NumberOf(s_repository), ids.AsSpan(0, 1 + random.Next(4)), slices))
                        continue;
                    hits++;
                    first.TrySetResult();
                    Assert.True(slices[0].Span.SequenceEqual(items[asked[0]].Envelope), $"seed {seed}");
                    if (hits % 10 == 0)
                        hot.Pin(in slices[0]);
                    hot.EndRead();
                    if (hits % 10 != 0)
                        continue;
                    Assert.True(slices[0].Span.SequenceEqual(items[asked[0]].Envelope), $"seed {seed}, pinned");
                    hot.Release(in slices[0]);
                }
            })),
        ];
        // Of what is there now; later it may be gone for who comes late.
        await Task.WhenAny(Task.WhenAll(found.Select(static f => f.Task)), Task.WhenAny(readers));
        for (int round = 0; round < 8; round++)
        {
            foreach ((ObjectId Id, byte[] Envelope) item in items)
                Offer(item);
        }

        await done.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(_hot.Statistics.Evicted > 0);
    }
}
