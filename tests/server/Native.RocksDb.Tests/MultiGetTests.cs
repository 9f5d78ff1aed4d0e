using System.Buffers.Binary;

namespace Monorepo.Native.RocksDb.Tests;

public sealed class MultiGetTests : DatabaseTestBase
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Hits_and_misses_come_in_the_order_of_the_keys(bool flushed, bool sorted)
    {
        using BlockCache cache = new(8 << 20);
        using Database database = Open(new ColumnFamilyOptions { BlockCache = cache, BloomBitsPerKey = 10, CacheIndexAndFilterBlocks = true });
        ColumnFamily data = database.GetColumnFamily("data");
        const int count = 1_000;
        using (WriteBatch batch = new())
        {
            // Even numbers are present; every tenth has an empty value.
            for (int i = 0; i < count; i += 2)
                batch.Put(data, Key(i), i % 10 == 0 ? [] : Key(i * 3));
            database.Write(batch, sync: false);
        }

        if (flushed)
            database.Flush(data);

        int[] order = [.. Enumerable.Range(0, count)];
        if (!sorted)
            new Random(7).Shuffle(order);
        byte[] keys = [.. order.SelectMany(Key)];
        using PinnedValues batched = database.MultiGet(data, keys, sizeof(int), keysAreSorted: sorted);
        AssertValues(batched, order);
        using PinnedValues each = database.GetEach(data, keys, sizeof(int));
        AssertValues(each, order);
    }

    private static void AssertValues(PinnedValues values, int[] order)
    {
        int count = order.Length;
        Assert.Equal(count, values.Count);
        for (int i = 0; i < count; i++)
        {
            bool present = values.TryGet(i, out ReadOnlySpan<byte> value);
            Assert.Equal(order[i] % 2 == 0, present);
            Assert.Equal(present, values.Contains(i));
            if (present)
                Assert.Equal(order[i] % 10 == 0 ? [] : Key(order[i] * 3), value.ToArray());
        }
    }

    [Fact]
    public void A_key_asked_for_twice_is_answered_twice()
    {
        using Database database = Open();
        Put(database, "k"u8, "v"u8);
        using PinnedValues values = database.MultiGet(database.GetColumnFamily("data"), "kkx"u8, 1);
        Assert.True(values.TryGet(0, out ReadOnlySpan<byte> first));
        Assert.Equal("v"u8, first);
        Assert.True(values.TryGet(1, out ReadOnlySpan<byte> second));
        Assert.Equal("v"u8, second);
        Assert.False(values.TryGet(2, out _));
    }

    [Fact]
    public void Bad_key_spans_are_refused_and_none_is_fine()
    {
        using Database database = Open();
        ColumnFamily data = database.GetColumnFamily("data");
        Assert.Throws<ArgumentException>(() => database.MultiGet(data, "abc"u8, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => database.MultiGet(data, "abc"u8, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => database.MultiGet(data, new byte[Database.MultiGetKeysMax + 1], 1));
        Assert.Throws<ArgumentException>(() => database.GetEach(data, "abc"u8, 2));
        using ReadOptions filling = new(fillCache: true);
        Assert.Throws<ArgumentException>(() => database.MultiGet(data, "abc"u8, 1, options: filling));
        using PinnedValues none = database.MultiGet(data, default, 4);
        Assert.Equal(0, none.Count);
        using PinnedValues noneEach = database.GetEach(data, default, 4);
        Assert.Equal(0, noneEach.Count);
    }

    [Fact]
    public void A_snapshot_reads_what_was()
    {
        using Database database = Open();
        ColumnFamily data = database.GetColumnFamily("data");
        Put(database, "k"u8, "old"u8);
        using Snapshot snapshot = database.CreateSnapshot();
        using ReadOptions then = new(fillCache: false, snapshot);
        Put(database, "k"u8, "new"u8);
        Assert.Equal("old"u8.ToArray(), database.Get(data, "k"u8, then));
        Assert.Equal("new"u8.ToArray(), database.Get(data, "k"u8));
        using PinnedValues values = database.MultiGet(data, "k"u8, 1, options: then);
        Assert.True(values.TryGet(0, out ReadOnlySpan<byte> value));
        Assert.Equal("old"u8, value);
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(key, number);
        return key;
    }
}
