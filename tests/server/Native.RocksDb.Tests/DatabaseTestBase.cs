namespace Monorepo.Native.RocksDb.Tests;

public abstract class DatabaseTestBase : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    protected string DatabasePath => _directory.Of("db");

    protected string PathOf(string name) => _directory.Of(name);

    protected Database Open(ColumnFamilyOptions? options = null, DatabaseOptions? databaseOptions = null) =>
        Database.Open(DatabasePath, databaseOptions ?? new DatabaseOptions(), [new ColumnFamilyDefinition("data", options ?? new ColumnFamilyOptions())]);

    protected static void Put(Database database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool sync = false)
    {
        using WriteBatch batch = new();
        batch.Put(database.GetColumnFamily("data"), key, value);
        database.Write(batch, sync);
    }

    protected static byte[]? Get(Database database, ReadOnlySpan<byte> key) => database.Get(database.GetColumnFamily("data"), key);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _directory.Dispose();
}
