namespace Monorepo.Native.RocksDb.Tests;

public sealed class BlockCacheTests : DatabaseTestBase
{
    private const int ValueBytes = 100_000;
    private const int ValueCount = 100;

    [Fact]
    public void The_limit_is_hard_and_a_read_beside_the_cache_still_works()
    {
        // Below 1 MiB the cache has a single shard, so its limit is the one given.
        using BlockCache cache = new(900_000);
        ColumnFamilyOptions options = new()
        {
            BlockCache = cache,
            CacheIndexAndFilterBlocks = true,
            BloomBitsPerKey = 10,
            Compression = Compression.None,
            BlockBytes = 4_096,
        };
        using Database database = Open(options);
        ColumnFamily data = database.GetColumnFamily("data");
        using (WriteBatch batch = new())
        {
            byte[] value = new byte[ValueBytes];
            for (int i = 0; i < ValueCount; i++)
            {
                value.AsSpan().Fill((byte)i);
                batch.Put(data, [(byte)i], value);
            }

            database.Write(batch, sync: false);
        }

        database.Flush(data);

        List<PinnedValue> pinned = [];
        RocksDbException? refused = null;
        int next = 0;
        try
        {
            for (; next < ValueCount && refused is null; next++)
            {
                refused = Capture(() => pinned.Add(database.GetPinned(data, [(byte)next])!));
                Assert.True(cache.UsageBytes <= cache.CapacityBytes, $"{cache.UsageBytes} bytes in a cache of {cache.CapacityBytes}");
            }

            Assert.NotNull(refused);
            Assert.Equal(RocksDbErrorKind.MemoryLimit, refused.Kind);
            Assert.InRange(pinned.Count, 1, 9);
            Assert.True(cache.PinnedUsageBytes >= (long)pinned.Count * ValueBytes);

            using ReadOptions beside = new(fillCache: false);
            byte[]? value = database.Get(data, [(byte)(next - 1)], beside);
            Assert.Equal(ValueBytes, value!.Length);
            Assert.True(value.AsSpan().IndexOfAnyExcept((byte)(next - 1)) < 0);

            // A few keys that fill the cache are refused together; a batched read goes beside it.
            byte[] all = [.. Enumerable.Range(0, ValueCount).Select(static i => (byte)i)];
            Assert.Equal(RocksDbErrorKind.MemoryLimit, Assert.Throws<RocksDbException>(() => database.GetEach(data, all, 1)).Kind);
            using PinnedValues values = database.MultiGet(data, all, 1);
            for (int i = 0; i < ValueCount; i++)
            {
                Assert.True(values.TryGet(i, out ReadOnlySpan<byte> found));
                Assert.Equal(ValueBytes, found.Length);
                Assert.True(found.IndexOfAnyExcept((byte)i) < 0);
            }

            Assert.True(cache.UsageBytes <= cache.CapacityBytes);
        }
        finally
        {
            pinned.ForEach(static v => v.Dispose());
        }

        // With the pins gone the cache makes room again.
        Assert.Equal(ValueBytes, database.Get(data, [(byte)(ValueCount - 1)])!.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_full_cache_stops_writes_only_where_table_indexes_live_in_it(bool indexesInCache)
    {
        using BlockCache cache = new(900_000);
        ColumnFamilyOptions options = new()
        {
            BlockCache = cache,
            CacheIndexAndFilterBlocks = indexesInCache,
            BloomBitsPerKey = 10,
            Compression = Compression.None,
            BlockBytes = 1_024,
        };
        using Database database = Open(options);
        ColumnFamily data = database.GetColumnFamily("data");
        WriteMany(database, 0, 2_000);
        database.Flush(data);
        List<PinnedValue> pinned = [];
        try
        {
            RocksDbException? refused = null;
            for (int i = 0; refused is null; i++)
                refused = Capture(() => pinned.Add(database.GetPinned(data, BitConverter.GetBytes(i))!));
            Assert.Equal(RocksDbErrorKind.MemoryLimit, refused.Kind);

            // One value a block: an index too large for what the pins left.
            WriteMany(database, 2_000, 40_000);
            Assert.Equal(indexesInCache ? RocksDbErrorKind.MemoryLimit : null, Capture(() => database.Flush(data))?.Kind);
            Assert.Equal(indexesInCache ? RocksDbErrorKind.MemoryLimit : null, Capture(() => Put(database, "k"u8, "v"u8))?.Kind);
        }
        finally
        {
            pinned.ForEach(static v => v.Dispose());
        }
    }

    private static void WriteMany(Database database, int from, int to)
    {
        using WriteBatch batch = new();
        for (int i = from; i < to; i++)
            batch.Put(database.GetColumnFamily("data"), BitConverter.GetBytes(i), new byte[900]);
        database.Write(batch, sync: false);
    }

    private static RocksDbException? Capture(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (RocksDbException error)
        {
            return error;
        }
    }
}
