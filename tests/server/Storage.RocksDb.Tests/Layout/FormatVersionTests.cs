using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests.Layout;

public sealed class FormatVersionTests : IDisposable
{
    private readonly EngineDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Another_version_is_refused_with_both_versions_named()
    {
        await _directory.Open().DisposeAsync();
        using (Database database = _directory.OpenRaw())
            WriteVersion(database, [0, 0, 0, 1]);

        StorageException error = Assert.Throws<StorageException>(() => _directory.Open());
        Assert.Equal(StorageFailure.UnknownFormat, error.Failure);
        Assert.Contains("format version 1", error.Message, StringComparison.Ordinal);
        Assert.Contains($"supports version {FormatVersion.Current}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_version_with_more_column_families_is_refused_by_its_version()
    {
        await _directory.Open().DisposeAsync();
        using (Database database = _directory.OpenRaw("later"))
            WriteVersion(database, [0, 0, 0, 9]);

        StorageException error = Assert.Throws<StorageException>(() => _directory.Open());
        Assert.Equal(StorageFailure.UnknownFormat, error.Failure);
        Assert.Contains("format version 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreadable_or_missing_version_beside_data_is_refused()
    {
        await using (RocksDbEngine engine = _directory.Open())
            await engine.CreateAsync(RepositoryName.Parse("a"), default);
        using (Database database = _directory.OpenRaw())
            WriteVersion(database, [1]);
        Assert.Equal(StorageFailure.UnknownFormat, Assert.Throws<StorageException>(() => _directory.Open()).Failure);

        using (Database database = _directory.OpenRaw())
        using (WriteBatch batch = new())
        {
            batch.Delete(database.GetColumnFamily(StoreColumnFamilies.Meta), StoreKeys.FormatVersion);
            database.Write(batch, sync: false);
        }

        Assert.Equal(StorageFailure.UnknownFormat, Assert.Throws<StorageException>(() => _directory.Open()).Failure);
    }

    [Fact]
    public void Somebody_elses_database_is_refused_and_left_as_it_is()
    {
        using (Database other = Database.Open(_directory.Path, new DatabaseOptions { CreateIfMissing = true }, []))
        using (WriteBatch batch = new())
        {
            batch.Put(other.GetColumnFamily(ColumnFamily.DefaultName), "k"u8, "v"u8);
            other.Write(batch, sync: true);
        }

        StorageException error = Assert.Throws<StorageException>(() => _directory.Open());
        Assert.Equal(StorageFailure.UnknownFormat, error.Failure);
        Assert.Equal([ColumnFamily.DefaultName], Database.ListColumnFamilies(_directory.Path));
    }

    [Theory]
    [InlineData]
    [InlineData(StoreColumnFamilies.Meta)]
    [InlineData(StoreColumnFamilies.Meta, StoreColumnFamilies.Loose)]
    public async Task A_database_whose_making_was_interrupted_is_made_again(params string[] made)
    {
        Database.Open(_directory.Path, new DatabaseOptions(), [.. made.Select(static n => new ColumnFamilyDefinition(n, new ColumnFamilyOptions()))]).Dispose();
        await using (RocksDbEngine engine = _directory.Open())
            await engine.CreateAsync(RepositoryName.Parse("a"), default);
        await using RocksDbEngine again = _directory.Open();
        Assert.Single(await again.ListAsync(default));
    }

    private static void WriteVersion(Database database, byte[] version)
    {
        using WriteBatch batch = new();
        batch.Put(database.GetColumnFamily(StoreColumnFamilies.Meta), StoreKeys.FormatVersion, version);
        database.Write(batch, sync: true);
    }
}
