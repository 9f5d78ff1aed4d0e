using System.Buffers.Binary;
using Monorepo.Native.RocksDb;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>The version of the layout in FORMAT.md, written first into a new database and checked at every open.</summary>
internal static class FormatVersion
{
    public const uint Current = 5;

    /// <summary>Refuses a directory that holds some other database, or ours in a version with other column families, before anything in it is changed.</summary>
    public static void ThrowIfForeign(string path)
    {
        if (!Database.Exists(path))
            return;

        IReadOnlyList<string> names = Database.ListColumnFamilies(path);
        bool known = names.All(static n => n == ColumnFamily.DefaultName || StoreColumnFamilies.Names.Contains(n, StringComparer.Ordinal));
        if (names.Contains(StoreColumnFamilies.Meta, StringComparer.Ordinal))
        {
            if (known)
                return;

            using Database newer = OpenReadOnly(path, StoreColumnFamilies.Meta);
            throw Unknown(path, newer.Get(newer.GetColumnFamily(StoreColumnFamilies.Meta), StoreKeys.FormatVersion));
        }

        using Database other = OpenReadOnly(path, ColumnFamily.DefaultName);
        using KeyIterator iterator = other.CreateIterator(other.GetColumnFamily(ColumnFamily.DefaultName));
        if (!known || iterator.SeekToFirst())
            throw Unknown(path, null);
        // Otherwise it is empty: the process that was making it stopped before it came to "meta".
    }

    /// <summary>Checks the version, or writes it into a database that has nothing in it yet.</summary>
    public static void CheckOrWrite(Database database)
    {
        ColumnFamily meta = database.GetColumnFamily(StoreColumnFamilies.Meta);
        byte[]? stored = database.Get(meta, StoreKeys.FormatVersion);
        if (stored is null && IsEmpty(database))
        {
            using WriteBatch batch = new();
            batch.Put(meta, StoreKeys.FormatVersion, Encode(Current));
            database.Write(batch, sync: true);
            return;
        }

        if (stored is null || !stored.AsSpan().SequenceEqual(Encode(Current)))
            throw Unknown(database.Path, stored);
    }

    internal static byte[] Encode(uint version)
    {
        byte[] value = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(value, version);
        return value;
    }

    private static bool IsEmpty(Database database)
    {
        foreach (string name in StoreColumnFamilies.Names)
        {
            using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily(name));
            if (iterator.SeekToFirst())
                return false;
        }

        return true;
    }

    private static Database OpenReadOnly(string path, string columnFamily) =>
        Database.OpenReadOnly(path, new DatabaseOptions(), [new ColumnFamilyDefinition(columnFamily, new ColumnFamilyOptions())]);

    private static StorageException Unknown(string path, byte[]? stored)
    {
        string found = stored switch
        {
            null => "a database without a format version",
            { Length: sizeof(uint) } => $"format version {BinaryPrimitives.ReadUInt32BigEndian(stored)}",
            _ => $"an unreadable format version ({Convert.ToHexStringLower(stored)})",
        };
        return new StorageException(
            StorageFailure.UnknownFormat,
            $"'{path}' holds {found}; this program supports version {Current}. Use the program that wrote it, or another directory, and import the repositories again.");
    }
}
