using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>A column family to open, made when it is missing and the database may create.</summary>
public sealed record ColumnFamilyDefinition(string Name, ColumnFamilyOptions Options);

/// <summary>An open column family: a key space of its own. It lives as long as its <see cref="Database"/>.</summary>
public sealed class ColumnFamily
{
    /// <summary>The one that every database has.</summary>
    public const string DefaultName = "default";

    internal ColumnFamily(string name, ColumnFamilyHandle handle)
    {
        Name = name;
        Handle = handle;
    }

    public string Name { get; }

    internal ColumnFamilyHandle Handle { get; }
}
