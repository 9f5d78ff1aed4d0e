using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests;

public sealed class RocksDbEngineTests : IDisposable
{
    private static readonly RepositoryName s_name = RepositoryName.Parse("main");

    private readonly EngineDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_second_opener_is_told_that_the_database_is_in_use()
    {
        await using RocksDbEngine engine = _directory.Open();
        Assert.Equal(StorageFailure.InUse, Assert.Throws<StorageException>(() => _directory.Open()).Failure);
    }

    [Fact]
    public void A_budget_too_small_to_work_with_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            RocksDbEngine.Open(new RocksDbEngineOptions { Path = _directory.Path, MemoryBytes = RocksDbEngineOptions.MemoryBytesMin - 1 }));

    [Fact]
    public async Task Of_concurrent_writers_of_an_id_one_envelope_stays()
    {
        byte[] body = new byte[1_000];
        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, body);
        byte[] sealedEnvelope = ObjectEnvelope.Seal(ObjectKind.Blob, body);
        byte[] rawEnvelope = [(byte)ObjectKind.Blob, 0xE8, 3, 0, 0, .. body];
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        using Barrier barrier = new(8);
        byte[][] seen = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                repository.Objects.PutAsync([new NewObject(id, i % 2 == 0 ? sealedEnvelope : rawEnvelope)], default).AsTask().GetAwaiter().GetResult();
                using ObjectBatch batch = repository.Objects.GetAsync(new[] { id }, default).AsTask().GetAwaiter().GetResult();
                return batch[0].ToArray();
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        Assert.All(seen, s => Assert.Equal(seen[0], s));
    }

    [Fact]
    public async Task A_batch_larger_than_the_block_cache_is_read_whole_and_the_cache_keeps_its_limit()
    {
        // Under the size for blob files, so that every object needs a table block: together more than the cache's 21 MiB.
        const int count = 5_000;
        const int sizeBytes = 7_000;
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        NewObject[] blobs = [.. Enumerable.Range(0, count).Select(static i => SampleObjects.Blob(i, sizeBytes))];
        foreach (NewObject[] chunk in blobs.Chunk(500))
            await repository.Objects.PutAsync(chunk, default);

        ObjectId[] ids = [.. blobs.Select(static b => b.Id)];
        for (int round = 0; round < 2; round++)
        {
            using ObjectBatch batch = await repository.Objects.GetAsync(ids, default);
            using ObjectBatch second = await repository.Objects.GetAsync(ids, default);
            for (int i = 0; i < count; i++)
            {
                Assert.True(batch[i].SequenceEqual(blobs[i].Envelope.Span));
                Assert.True(second[i].SequenceEqual(blobs[i].Envelope.Span));
            }

            StorageMemoryUsage usage = engine.GetMemoryUsage();
            Assert.True(usage.BlockCacheBytes <= usage.BlockCacheBytesMax, $"{usage}");
        }

        StorageMemoryUsage after = engine.GetMemoryUsage();
        Assert.True(after.MemtableBytes <= 2 * after.MemtableBytesMax, $"{after}");
        Assert.True(after.BlockCacheBytesMax + after.MemtableBytesMax <= RocksDbEngineOptions.MemoryBytesMin);
        Assert.Equal(after.BlockCacheBytes + after.MemtableBytes + after.TableReaderBytes, after.TotalBytes);
    }

    [Fact]
    public async Task Readers_that_hold_the_whole_cache_stop_neither_reads_nor_writes()
    {
        NewObject[] blobs = [.. Enumerable.Range(0, 4_800).Select(static i => SampleObjects.Blob(i, 7_000))];
        await using (RocksDbEngine writer = _directory.Open())
            await (await writer.CreateAsync(s_name, default)).Objects.PutAsync(blobs, default);

        // Recovery leaves everything in tables, whose blocks go through the cache.
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        List<ObjectBatch> held = [];
        try
        {
            // Small reads fill the cache: together they ask for more than it holds.
            foreach (NewObject[] chunk in blobs.Chunk(48))
            {
                held.Add(await repository.Objects.GetAsync(chunk.Select(static b => b.Id).ToArray(), default));
                for (int i = 0; i < chunk.Length; i++)
                    Assert.True(held[^1][i].SequenceEqual(chunk[i].Envelope.Span));
            }

            // More than all memtables hold, so flushes happen now.
            await repository.Objects.PutAsync([.. Enumerable.Range(10_000, 2_000).Select(static i => SampleObjects.Blob(i, 7_000))], default);
            RefUpdateResult result = await repository.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/a"), null, blobs[0].Id)], null, default);
            Assert.True(result.IsAccepted);
            StorageStatistics statistics = engine.GetStatistics();
            Assert.Equal(0, statistics.BackgroundErrors);
            Assert.True(statistics.Memory.BlockCacheBytes <= statistics.Memory.BlockCacheBytesMax);
            Assert.True(statistics.Memory.BlockCachePinnedBytes > statistics.Memory.BlockCacheBytesMax / 2, $"{statistics.Memory}");
        }
        finally
        {
            held.ForEach(static b => b.Dispose());
        }
    }

    [Fact]
    public async Task Values_stay_readable_when_the_engine_is_disposed_before_their_batch()
    {
        NewObject blob = SampleObjects.Blob(1, 100_000);
        RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        await repository.Objects.PutAsync([blob], default);
        ObjectBatch batch = await repository.Objects.GetAsync(new[] { blob.Id }, default);
        await engine.DisposeAsync();
        Assert.True(batch[0].SequenceEqual(blob.Envelope.Span));
        batch.Dispose();
        await _directory.Open().DisposeAsync();
    }

    [Fact]
    public async Task A_checkpoint_opens_as_the_state_it_was_taken_of()
    {
        NewObject before = SampleObjects.Blob(1, 20_000);
        NewObject after = SampleObjects.Blob(2, 20_000);
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        await repository.Objects.PutAsync([before], default);
        string path = Path.Combine(_directory.Root, "checkpoint");
        await engine.CreateCheckpointAsync(path, default);
        await repository.Objects.PutAsync([after], default);

        await using RocksDbEngine copy = _directory.Open(path: path);
        IRepository? copied = await copy.OpenAsync(s_name, default);
        Assert.Equal([true, false], await copied!.Objects.ContainsAsync(new[] { before.Id, after.Id }, default));
        Assert.Equal(repository.History.Epoch, copied.History.Epoch);
        await Assert.ThrowsAsync<StorageException>(async () => await engine.CreateCheckpointAsync(path, default));
    }

    [Fact]
    public async Task Statistics_tell_what_is_in_the_column_families()
    {
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        await repository.Objects.PutAsync([SampleObjects.Blob(1, 100), SampleObjects.Blob(2, 100)], default);
        StorageStatistics statistics = engine.GetStatistics();
        Assert.True(StoreColumnFamilies.Names.SequenceEqual(statistics.ColumnFamilies.Select(static f => f.Name), StringComparer.Ordinal));
        Assert.Equal(2, statistics.ColumnFamilies.Single(static f => f.Name == StoreColumnFamilies.Objects).Keys);
        Assert.Equal(0, statistics.BackgroundErrors);
        Assert.False(statistics.IsWriteStopped);
        Assert.True(statistics.Memory.MemtableBytes > 0);
    }

    [Fact]
    public async Task Refs_come_in_the_order_of_the_interface_also_beyond_the_basic_plane()
    {
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, []);

        // UTF-8 puts U+1F600 after U+FF21, UTF-16 before it.
        RefName[] names = [.. new[] { "refs/heads/\uFF21", "refs/heads/\U0001F600", "refs/heads/b", "refs/heads/a" }.Select(RefName.Parse)];
        await repository.Refs.UpdateAsync([.. names.Select(n => new RefChange(n, null, id))], null, default);
        Assert.Equal(names.Order(), (await repository.Refs.ReadAsync(default)).Refs.Select(static r => r.Name));
    }

    [Theory]
    [InlineData(StoreColumnFamilies.Log)]
    [InlineData(StoreColumnFamilies.RefLog)]
    public async Task A_hole_in_a_log_is_reported_as_corrupt(string columnFamily)
    {
        await using (RocksDbEngine engine = _directory.Open())
        {
            IRepository repository = await engine.CreateAsync(s_name, default);
            await FillAsync(repository);
            foreach (string name in (string[])["refs/heads/x", "refs/heads/y"])
                await repository.Refs.UpdateAsync([new RefChange(RefName.Parse(name), null, ObjectHasher.Hash(ObjectKind.Blob, []))], null, default);
        }

        // The oldest updates may be dropped in order; one behind them may not be missing.
        Change((database, batch) => batch.Delete(database.GetColumnFamily(columnFamily), StoreKeys.Position(1, columnFamily == StoreColumnFamilies.Log ? 1 : 2)));
        await AssertCorruptAsync(columnFamily == StoreColumnFamilies.Log
            ? static async r => await r.History.ReadAsync(0, 10, int.MaxValue, default)
            : static async r => await r.Refs.ReadLogAsync(0, 10, int.MaxValue, default));
    }

    [Fact]
    public async Task Damaged_values_are_reported_as_corrupt()
    {
        ObjectId id;
        await using (RocksDbEngine engine = _directory.Open())
            id = await FillAsync(await engine.CreateAsync(s_name, default));
        byte[] key = new byte[StoreKeys.ObjectBytes];
        StoreKeys.WriteObject(key, 1, id);
        Change((database, batch) =>
        {
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.Objects), key, [0xff, 0, 0]);
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.Positions), key, [1]);
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.Log), StoreKeys.Position(1, 0), [1]);
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.Refs), StoreKeys.Ref(1, "refs/heads/a"), [1]);
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.RefLog), StoreKeys.Position(1, 1), [1]);
        });
        await AssertCorruptAsync(async r => await r.Objects.GetHeadersAsync(new[] { id }, default));
        await AssertCorruptAsync(async r => (await r.Objects.GetAsync(new[] { id }, default)).Dispose());
        await AssertCorruptAsync(async r => await r.History.FindAsync(new[] { id }, default));
        await AssertCorruptAsync(static async r => await r.History.ReadAsync(0, 1, 1, default));
        await AssertCorruptAsync(static async r => await r.Refs.ReadAsync(default));
        await AssertCorruptAsync(static async r => await r.Refs.ReadLogAsync(0, 1, int.MaxValue, default));

        Change(static (database, batch) => batch.Put(database.GetColumnFamily(StoreColumnFamilies.Meta), StoreKeys.Repository(s_name), [1]));
        Assert.Equal(StorageFailure.Corrupt, Assert.Throws<StorageException>(() => _directory.Open()).Failure);
    }

    private static async Task<ObjectId> FillAsync(IRepository repository)
    {
        byte[] body = SampleObjects.Commit(ObjectHasher.Hash(ObjectKind.Tree, []), null, 0);
        NewObject first = SampleObjects.New(ObjectKind.Commit, body);
        await repository.Objects.PutAsync([first], default);
        LogEntry[] entries = [new(first.Id, body), .. Enumerable.Range(1, 3).Select(static i => new LogEntry(SampleObjects.Blob(i, 10).Id, new byte[10]))];
        await repository.History.AppendAsync(0, entries, default);
        await repository.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/a"), null, first.Id)], null, default);
        await repository.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/b"), null, first.Id)], null, default);
        return first.Id;
    }

    private void Change(Action<Database, WriteBatch> change)
    {
        using Database database = _directory.OpenRaw();
        using WriteBatch batch = new();
        change(database, batch);
        database.Write(batch, sync: false);
    }

    private async Task AssertCorruptAsync(Func<IRepository, Task> read)
    {
        await using RocksDbEngine engine = _directory.Open();
        IRepository? repository = await engine.OpenAsync(s_name, default);
        Assert.Equal(StorageFailure.Corrupt, (await Assert.ThrowsAsync<StorageException>(() => read(repository!))).Failure);
    }
}
