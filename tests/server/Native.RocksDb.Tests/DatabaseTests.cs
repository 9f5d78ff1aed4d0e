using System.Runtime.CompilerServices;

namespace Monorepo.Native.RocksDb.Tests;

public sealed class DatabaseTests : DatabaseTestBase
{
    [Fact]
    public void A_value_is_there_after_reopening()
    {
        using (Database database = Open())
            Put(database, "k"u8, "v"u8, sync: true);

        using Database again = Open();
        Assert.Equal("v"u8.ToArray(), Get(again, "k"u8));
        Assert.Null(Get(again, "absent"u8));
    }

    [Fact]
    public void Empty_keys_and_values_are_values_like_others()
    {
        using Database database = Open();
        Put(database, default, default);
        Assert.Equal([], Get(database, default)!);
    }

    [Fact]
    public void A_batch_applies_its_changes_in_order()
    {
        using Database database = Open();
        ColumnFamily data = database.GetColumnFamily("data");
        using WriteBatch batch = new();
        batch.Put(data, "a"u8, "1"u8);
        batch.Put(data, "b"u8, "2"u8);
        batch.Put(data, "c"u8, "3"u8);
        batch.Put(data, "d"u8, "4"u8, "5"u8);
        batch.DeleteRange(data, "b"u8, "d"u8);
        batch.Delete(data, "a"u8);
        Assert.Equal(6, batch.Count);
        Assert.True(batch.DataBytes > 0);
        database.Write(batch, sync: false);

        Assert.Null(Get(database, "a"u8));
        Assert.Null(Get(database, "b"u8));
        Assert.Null(Get(database, "c"u8));
        Assert.Equal("45"u8.ToArray(), Get(database, "d"u8));

        batch.Clear();
        Assert.Equal(0, batch.Count);
    }

    [Fact]
    public void Column_families_are_key_spaces_of_their_own()
    {
        using Database database = Open();
        Put(database, "k"u8, "v"u8);
        Assert.Null(database.Get(database.GetColumnFamily(ColumnFamily.DefaultName), "k"u8));
        Assert.Throws<KeyNotFoundException>(() => database.GetColumnFamily("absent"));
    }

    [Fact]
    public void A_second_opener_is_told_that_the_lock_is_held()
    {
        using Database database = Open();
        RocksDbException error = Assert.Throws<RocksDbException>(() => Open());
        Assert.Equal(RocksDbErrorKind.LockHeld, error.Kind);
    }

    [Fact]
    public void An_absent_database_is_not_created_unless_asked()
    {
        RocksDbException error = Assert.Throws<RocksDbException>(() => Open(databaseOptions: new DatabaseOptions { CreateIfMissing = false }));
        Assert.Equal(RocksDbErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void Column_families_left_out_at_open_are_an_error()
    {
        Open().Dispose();
        RocksDbException error = Assert.Throws<RocksDbException>(() => Database.Open(DatabasePath, new DatabaseOptions(), []));
        Assert.Equal(RocksDbErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void Column_families_can_be_listed_without_opening()
    {
        Assert.False(Database.Exists(DatabasePath));
        Assert.Throws<RocksDbException>(() => Database.ListColumnFamilies(DatabasePath));
        using Database database = Open();
        Assert.True(Database.Exists(DatabasePath));
        Assert.Equal(["default", "data"], Database.ListColumnFamilies(DatabasePath));
    }

    [Fact]
    public void A_damaged_table_is_reported_as_corruption()
    {
        using (Database database = Open(new ColumnFamilyOptions { Compression = Compression.None }))
        {
            Put(database, "k"u8, new byte[100_000]);
            database.Flush(database.GetColumnFamily("data"));
        }

        string table = Directory.GetFiles(DatabasePath, "*.sst").OrderByDescending(static f => new FileInfo(f).Length).First();
        byte[] bytes = File.ReadAllBytes(table);
        bytes[5_000] ^= 1;
        File.WriteAllBytes(table, bytes);

        using Database again = Open();
        RocksDbException error = Assert.Throws<RocksDbException>(() => Get(again, "k"u8));
        Assert.Equal(RocksDbErrorKind.Corruption, error.Kind);
    }

    [Fact]
    public void A_checkpoint_opens_with_what_was_written_before_it()
    {
        using Database database = Open();
        Put(database, "before"u8, "1"u8);
        database.CreateCheckpoint(PathOf("checkpoint"));
        Put(database, "after"u8, "2"u8);

        using Database copy = Database.OpenReadOnly(PathOf("checkpoint"), new DatabaseOptions(), [new ColumnFamilyDefinition("data", new ColumnFamilyOptions())]);
        Assert.Equal("1"u8.ToArray(), Get(copy, "before"u8));
        Assert.Null(Get(copy, "after"u8));

        Assert.Throws<RocksDbException>(() => database.CreateCheckpoint(PathOf("checkpoint")));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Lz4)]
    [InlineData(Compression.Zstd)]
    public void Large_values_go_to_blob_files_and_come_back(Compression compression)
    {
        ColumnFamilyOptions options = new()
        {
            Compression = compression,
            BottommostCompression = compression,
            BlobFiles = new BlobFileOptions { ValueBytesMin = 1_000, Compression = compression, GarbageCollection = true },
        };
        byte[] large = new byte[100_000];
        new Random(1).NextBytes(large.AsSpan(0, 50_000));
        using Database database = Open(options);
        ColumnFamily data = database.GetColumnFamily("data");
        Put(database, "small"u8, "s"u8);
        Put(database, "large"u8, large);
        database.Flush(data);
        database.CompactRange(data);

        Assert.NotEmpty(Directory.GetFiles(DatabasePath, "*.blob"));
        Assert.Equal(large, Get(database, "large"u8));
        Assert.Equal("s"u8.ToArray(), Get(database, "small"u8));
        Assert.Equal(0, database.GetPropertyNumber("rocksdb.background-errors"));
    }

    [Fact]
    public void Properties_and_statistics_are_readable()
    {
        using Database database = Open(databaseOptions: new DatabaseOptions { Statistics = true, WriteBufferBytesMax = 1 << 20, BytesPerSync = 1 << 20, WalBytesPerSync = 1 << 20, WalBytesMax = 8 << 20, BackgroundJobsMax = 2, OpenFilesMax = 100 });
        ColumnFamily data = database.GetColumnFamily("data");
        Put(database, "k"u8, "v"u8);
        Assert.Equal(1, database.GetPropertyNumber("rocksdb.estimate-num-keys", data));
        Assert.Equal(0, database.GetPropertyNumber("rocksdb.background-errors"));
        Assert.Null(database.GetPropertyNumber("rocksdb.no-such-property"));
        Assert.NotEmpty(database.GetPropertyText("rocksdb.stats", data)!);
        Assert.NotEmpty(database.GetPropertyText("rocksdb.stats")!);
        Assert.Null(database.GetPropertyText("rocksdb.no-such-property"));
        Assert.Contains("rocksdb.bytes.written", database.GetStatisticsText()!, StringComparison.Ordinal);
        MemoryUsage usage = database.GetMemoryUsage();
        Assert.True(usage.MemtableBytes > 0 && usage.MemtableBytes >= usage.UnflushedMemtableBytes);
        database.SyncWal();
    }

    [Fact]
    public void Disposing_the_database_first_leaves_its_values_readable_until_they_are_disposed()
    {
        Database database = Open();
        ColumnFamily data = database.GetColumnFamily("data");
        Put(database, "k"u8, "v"u8);
        Snapshot snapshot = database.CreateSnapshot();
        KeyIterator iterator = database.CreateIterator(data, snapshot: snapshot);
        PinnedValue value = database.GetPinned(data, "k"u8)!;
        PinnedValues values = database.MultiGet(data, "k"u8, 1);
        database.Dispose();
        snapshot.Dispose();

        Assert.True(iterator.SeekToFirst());
        Assert.Equal("v"u8, value.Span);
        iterator.Dispose();
        value.Dispose();
        Assert.Throws<RocksDbException>(() => Open());
        values.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _ = value.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => values.TryGet(0, out _));
        Assert.Throws<ObjectDisposedException>(() => Put(database, "k"u8, "v"u8));

        // The last child is gone, so the lock is free.
        Open().Dispose();
    }

    [Fact]
    public void A_database_that_nobody_disposed_is_closed_by_its_finalizers()
    {
        LeaveBehind(this);
        for (int i = 0; i < 10; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Open().Dispose();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void LeaveBehind(DatabaseTests test)
        {
            Database database = test.Open();
            Put(database, "k"u8, "v"u8);
            KeyIterator iterator = database.CreateIterator(database.GetColumnFamily("data"), "a"u8, "z"u8, database.CreateSnapshot());
            Assert.True(iterator.SeekToFirst());
            Assert.NotNull(database.GetPinned(database.GetColumnFamily("data"), "k"u8));
        }
    }
}
