using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Tests.Layout;

/// <summary>FORMAT.md, byte by byte. A change that breaks this test makes a new format version.</summary>
public sealed class GoldenBytesTests
{
    [Fact]
    public async Task The_database_has_exactly_the_keys_and_values_of_the_format()
    {
        using EngineDirectory directory = new();
        ulong epoch;
        await using (RocksDbEngine engine = directory.Open(new FixedTime(DateTimeOffset.FromUnixTimeMilliseconds(0x0102030405))))
        {
            await engine.CreateAsync(RepositoryName.Parse("a"), default);
            IRepository repository = await engine.CreateAsync(RepositoryName.Parse("b/c"), default);
            epoch = repository.History.Epoch;
            ObjectId one = Id(0x11);
            ObjectId two = Id(0x22);
            byte[] envelope = [3, 4, 0, 0, 0, (byte)'b', (byte)'o', (byte)'d', (byte)'y'];
            await repository.Objects.PutAsync([new NewObject(one, envelope)], default);
            await repository.History.AppendAsync(0, [new LogEntry(one, "x"u8.ToArray()), new LogEntry(two, "yz"u8.ToArray())], default);
            await repository.Refs.UpdateAsync(
                [new RefChange(RefName.Parse("refs/heads/m"), null, one), new RefChange(RefName.Parse("refs/tags/é"), null, two, one)],
                RefName.Parse("refs/heads/m"),
                default);
            await repository.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/m"), one, null)], null, default);
        }

        string id1 = new('1', 40);
        string id2 = new('2', 40);
        using Database database = directory.OpenRaw();
        Assert.Empty(Dump(database, ColumnFamily.DefaultName));
        (string Key, string Value)[] meta = [.. Dump(database, StoreColumnFamilies.Meta)];
        Assert.Equal(3, meta.Length);
        Assert.Equal((Hex("format"), "00000001"), meta[0]);
        Assert.Equal(Hex("repository/a"), meta[1].Key);
        Assert.Equal("00000001", meta[1].Value[..8]);
        Assert.Equal((Hex("repository/b/c"), $"00000002{epoch:x16}"), meta[2]);
        Assert.Equal([("00000002" + id1, "0304000000" + Hex("body"))], Dump(database, StoreColumnFamilies.Objects));
        Assert.Equal([("00000002" + id1, "0304000000")], Dump(database, StoreColumnFamilies.Headers));
        Assert.Equal(
            [("000000020000000000000000", id1 + Hex("x")), ("000000020000000000000001", id2 + Hex("yz"))],
            Dump(database, StoreColumnFamilies.Log));
        Assert.Equal(
            [("00000002" + id1, "0000000000000000"), ("00000002" + id2, "0000000000000001")],
            Dump(database, StoreColumnFamilies.Positions));
        Assert.Equal(
            [("00000002" + Hex("HEAD"), Hex("refs/heads/m")), ("00000002" + Hex("refs/tags/é"), id2 + id1)],
            Dump(database, StoreColumnFamilies.Refs));
        Assert.Equal(
            [
                ("000000020000000000000001", "0000000102030405" + "00000002"
                    + "02" + "000c" + Hex("refs/heads/m") + id1
                    + "06" + "000c" + Hex("refs/tags/é") + id2 + id1),
                ("000000020000000000000002", "0000000102030405" + "00000001" + "01" + "000c" + Hex("refs/heads/m") + id1),
            ],
            Dump(database, StoreColumnFamilies.RefLog));
    }

    private static ObjectId Id(byte value) => new([.. Enumerable.Repeat(value, ObjectId.Size)]);

    private static string Hex(string text) => Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(text));

    private static List<(string Key, string Value)> Dump(Database database, string columnFamily)
    {
        List<(string, string)> entries = [];
        using KeyIterator iterator = database.CreateIterator(database.GetColumnFamily(columnFamily));
        for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
            entries.Add((Convert.ToHexStringLower(iterator.Key), Convert.ToHexStringLower(iterator.Value)));
        return entries;
    }
}
