using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests.Clusters;

/// <summary>Folding changes where objects lie and nothing else.</summary>
public sealed class FoldTests : IDisposable
{
    private static readonly RepositoryName s_name = RepositoryName.Parse("main");
    private static readonly uint s_directory = ObjectLocality.Enter(ObjectLocality.RootDirectory, "src"u8);

    private readonly EngineDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Small_clusters_become_few_and_every_object_is_still_there()
    {
        List<(NewObject Object, byte[] Body)> all = MakeVersions(paths: 7, versions: 60, sizeBytes: 2_000);
        await using (RocksDbEngine engine = _directory.Open())
        {
            IRepository repository = await engine.CreateAsync(s_name, default);
            foreach ((NewObject item, byte[] _) in all)
                await repository.Objects.PutAsync([item], default);
            Assert.Equal(420, CountLoose(engine));
            CompactionProgress folded = await engine.FoldAsync(null, null, default);
            Assert.Equal(420, folded.ClustersFolded);
            Assert.InRange(folded.ClustersMade, 7, 14);
            await AssertAllAsync(repository, all);

            // What is full is left alone, and so is what has nobody to go with.
            Assert.Equal(0, (await engine.FoldAsync(s_name, null, default)).ClustersFolded);
            await engine.CompactTablesAsync(null, default);
            await AssertAllAsync(repository, all);
        }

        await using (RocksDbEngine engine = _directory.Open())
            await AssertAllAsync((await engine.OpenAsync(s_name, default))!, all);
        using Database database = _directory.OpenRaw();
        Assert.InRange(Count(database, StoreColumnFamilies.Clusters), 7, 14);
        Assert.Equal(420, Count(database, StoreColumnFamilies.Objects));
    }

    [Fact]
    public async Task Objects_that_came_twice_are_kept_once()
    {
        List<(NewObject Object, byte[] Body)> all = MakeVersions(paths: 1, versions: 20, sizeBytes: 1_000);
        NewObject[] objects = [.. all.Select(static o => o.Object)];
        await using (RocksDbEngine engine = _directory.Open())
        {
            IRepository repository = await engine.CreateAsync(s_name, default);
            await repository.Objects.PutAsync(objects[..10], default);
            await repository.Objects.PutAsync(objects[5..], default);
            await engine.FoldAsync(null, null, default);
            await AssertAllAsync(repository, all);
        }

        using Database database = _directory.OpenRaw();
        using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily(StoreColumnFamilies.Clusters));
        Assert.True(iterator.SeekToFirst());
        Assert.Equal(20, iterator.Value[1]);
        Assert.False(iterator.MoveNext());
    }

    [Fact]
    public async Task Readers_and_writers_beside_folding_see_every_object()
    {
        List<(NewObject Object, byte[] Body)> all = MakeVersions(paths: 5, versions: 120, sizeBytes: 500);
        await using RocksDbEngine engine = _directory.Open();
        IRepository repository = await engine.CreateAsync(s_name, default);
        (NewObject Object, byte[] Body)[] first = [.. all.Where(static (_, i) => i % 2 == 0)];
        (NewObject Object, byte[] Body)[] second = [.. all.Where(static (_, i) => i % 2 == 1)];
        foreach ((NewObject item, byte[] _) in first)
            await repository.Objects.PutAsync([item], default);

        using CancellationTokenSource done = new();
        Task reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await AssertAllAsync(repository, first);
        });
        Task writing = Task.Run(async () =>
        {
            foreach ((NewObject item, byte[] _) in second)
                await repository.Objects.PutAsync([item], default);
        });
        long folded = 0;
        do
            folded += (await engine.FoldAsync(null, null, default)).ClustersFolded;
        while (!writing.IsCompleted);
        await writing;
        await done.CancelAsync();
        await reading;
        folded += (await engine.FoldAsync(null, null, default)).ClustersFolded;
        Assert.True(folded >= all.Count, $"{folded} clusters were folded");
        await AssertAllAsync(repository, all);
    }

    [Fact]
    public async Task Damage_is_told_and_nothing_is_moved()
    {
        List<(NewObject Object, byte[] Body)> all = MakeVersions(paths: 1, versions: 2, sizeBytes: 1_000);
        await using (RocksDbEngine engine = _directory.Open())
        {
            IRepository repository = await engine.CreateAsync(s_name, default);
            foreach ((NewObject item, byte[] _) in all)
                await repository.Objects.PutAsync([item], default);
        }

        byte[] other = new byte[1_000];
        using (Database database = _directory.OpenRaw())
        using (WriteBatch batch = new())
        {
            batch.Put(database.GetColumnFamily(StoreColumnFamilies.Clusters), StoreKeys.Position(1, 1), [0, .. ObjectEnvelope.Wrap(ObjectKind.Blob, other)]);
            database.Write(batch, sync: false);
        }

        await using (RocksDbEngine engine = _directory.Open())
        {
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await engine.FoldAsync(null, null, default));
            Assert.Equal(StorageFailure.Corrupt, error.Failure);
            Assert.Equal(2, CountLoose(engine));
        }
    }

    [Fact]
    public async Task A_cluster_that_is_missing_or_of_another_form_is_reported_as_corrupt()
    {
        List<(NewObject Object, byte[] Body)> all = MakeVersions(paths: 1, versions: 3, sizeBytes: 1_000);
        ObjectId[] ids = [.. all.Select(static o => o.Object.Id)];
        await using (RocksDbEngine engine = _directory.Open())
            await (await engine.CreateAsync(s_name, default)).Objects.PutAsync([.. all.Select(static o => o.Object)], default);

        byte[]? whole;
        using (Database database = _directory.OpenRaw())
            whole = database.Get(database.GetColumnFamily(StoreColumnFamilies.Clusters), StoreKeys.Position(1, 0));
        foreach (byte[]? damaged in new[] { null, whole![..^10], [0, .. whole[1..]], [1, 2, .. whole[2..]], [] })
        {
            using (Database database = _directory.OpenRaw())
            using (WriteBatch batch = new())
            {
                ColumnFamily clusters = database.GetColumnFamily(StoreColumnFamilies.Clusters);
                if (damaged is null)
                    batch.Delete(clusters, StoreKeys.Position(1, 0));
                else
                    batch.Put(clusters, StoreKeys.Position(1, 0), damaged);
                database.Write(batch, sync: false);
            }

            await using RocksDbEngine engine = _directory.Open();
            IRepository repository = (await engine.OpenAsync(s_name, default))!;
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () => (await repository.Objects.GetAsync(ids, default)).Dispose());
            Assert.Equal(StorageFailure.Corrupt, error.Failure);
        }
    }

    private static List<(NewObject Object, byte[] Body)> MakeVersions(int paths, int versions, int sizeBytes)
    {
        List<(NewObject, byte[])> all = [];
        for (int version = 0; version < versions; version++)
        {
            for (int path = 0; path < paths; path++)
            {
                byte[] body = new byte[sizeBytes];
                new Random(path).NextBytes(body);
                BitConverter.TryWriteBytes(body, version);
                all.Add((new NewObject(
                    ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Wrap(ObjectKind.Blob, body),
                    ObjectLocality.Of(ObjectKind.Blob, s_directory, [(byte)path])), body));
            }
        }

        return all;
    }

    private static async Task AssertAllAsync(IRepository repository, IReadOnlyList<(NewObject Object, byte[] Body)> all)
    {
        ObjectId[] ids = [.. all.Select(static o => o.Object.Id)];
        using ObjectBatch batch = await repository.Objects.GetAsync(ids, default);
        for (int i = 0; i < ids.Length; i++)
        {
            Assert.True(batch.IsPresent(i), $"object {i} is missing");
            Assert.Equal(all[i].Body, ObjectEnvelope.Open(batch[i], ids[i], out _));
        }
    }

    private static long CountLoose(RocksDbEngine engine) =>
        engine.GetStatistics().ColumnFamilies.Single(static f => f.Name == StoreColumnFamilies.Loose).Keys;

    private static int Count(Database database, string columnFamily)
    {
        int count = 0;
        using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily(columnFamily));
        for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
            count++;
        return count;
    }
}
