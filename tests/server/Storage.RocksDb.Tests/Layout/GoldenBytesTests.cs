using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Native.Zstd;
using Monorepo.Storage.RocksDb.Layout;
using Monorepo.Testing.Objects;

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
            byte[] older = Body(3, 300);
            byte[] newer = Body(4, 300);
            await repository.Objects.PutAsync(
                [
                    new NewObject(Id(0x33), ObjectEnvelope.Wrap(ObjectKind.Commit, older), ObjectLocality.OfKind(ObjectKind.Commit)),
                    new NewObject(Id(0x44), ObjectEnvelope.Wrap(ObjectKind.Commit, newer), ObjectLocality.OfKind(ObjectKind.Commit)),
                    new NewObject(Id(0x55), ObjectEnvelope.Wrap(ObjectKind.Tag, Body(5, 200)), ObjectLocality.OfKind(ObjectKind.Tag)),
                ],
                default);
            await repository.History.AppendAsync(0, [new LogEntry(one, "x"u8.ToArray()), new LogEntry(two, "yz"u8.ToArray())], default);
            await repository.Refs.UpdateAsync(
                [new RefChange(RefName.Parse("refs/heads/m"), null, one), new RefChange(RefName.Parse("refs/tags/é"), null, two, one)],
                RefName.Parse("refs/heads/m"),
                default);
            await repository.Refs.UpdateAsync([new RefChange(RefName.Parse("refs/heads/m"), one, null)], null, default);
            await repository.Paths.AppendAsync(0, 300, [Changes("", new PathChange(0, 0)), Changes("d/é", new PathChange(2, 5), new PathChange(130, 0))], default);
            await repository.Paths.AppendAsync(300, 2_000, [Changes("f", [.. Enumerable.Range(300, 1_030).Select(static p => new PathChange(p, 0))])], default);
        }

        string id1 = new('1', 40);
        string id2 = new('2', 40);
        using Database database = directory.OpenRaw();
        Assert.Empty(Dump(database, ColumnFamily.DefaultName));
        (string Key, string Value)[] meta = [.. Dump(database, StoreColumnFamilies.Meta)];
        Assert.Equal(3, meta.Length);
        Assert.Equal((Hex("format"), "00000005"), meta[0]);
        Assert.Equal(Hex("repository/a"), meta[1].Key);
        Assert.Equal("00000001", meta[1].Value[..8]);
        Assert.Equal((Hex("repository/b/c"), $"00000002{epoch:x16}"), meta[2]);
        Assert.Equal(
            [
                ("00000002" + id1, "03" + "04" + "00"),
                ("00000002" + new string('3', 40), "21" + "ac02" + "02" + "01"),
                ("00000002" + new string('4', 40), "21" + "ac02" + "02" + "00"),
                ("00000002" + new string('5', 40), "14" + "c801" + "01"),
            ],
            Dump(database, StoreColumnFamilies.Objects));
        List<(string Key, string Value)> clusters = Dump(database, StoreColumnFamilies.Clusters);
        Assert.Equal(3, clusters.Count);
        Assert.Equal(("000000020000000000000000", "00" + "0304000000" + Hex("body")), clusters[0]);
        Assert.Equal("000000020000000000000002", clusters[2].Key);
        const string table = "01" + "02" + "b009" + "b009";
        Assert.StartsWith(table + "28b52ffd", clusters[2].Value, StringComparison.Ordinal);
        byte[] bodies = new byte[600];
        ZstdCodec.Decompress(Convert.FromHexString(clusters[2].Value[table.Length..]), bodies);
        Assert.Equal([.. Enumerable.Repeat((byte)'4', 300), .. Enumerable.Repeat((byte)'3', 300)], bodies);
        Assert.Equal("000000020000000000000001", clusters[1].Key);
        Assert.StartsWith("00" + "14c8000000" + "28b52ffd", clusters[1].Value, StringComparison.Ordinal);
        Assert.Equal(
            [
                ("00000002" + $"{ObjectLocality.OfKind(ObjectKind.Tag).Value:x16}" + "0000000000000001", "c801" + "01"),
                ("00000002" + $"{ObjectLocality.OfKind(ObjectKind.Commit).Value:x16}" + "0000000000000002", "d804" + "02"),
            ],
            Dump(database, StoreColumnFamilies.Loose));
        Assert.Equal(
            [("000000020000000000000000", id1 + Hex("x")), ("000000020000000000000001", id2 + Hex("yz"))],
            Dump(database, StoreColumnFamilies.Log));
        Assert.Equal(
            [("00000002" + id1, "0000000000000000"), ("00000002" + id2, "0000000000000001")],
            Dump(database, StoreColumnFamilies.Positions));
        Assert.Empty(Dump(database, StoreColumnFamilies.Segments));
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

        string newest = "7fffffffffffffff";
        Assert.Equal(
            [
                ("00000002", $"{epoch:x16}" + "00000000000007d0"),
                ("00000002" + "00" + "00" + newest, "00"),
                ("00000002" + "00" + Hex("f") + "00" + "000000000000052a", "d804" + new string('0', 2 * (1_024 - 2))),
                ("00000002" + "00" + Hex("f") + "00" + newest, "d614" + new string('0', 2 * 6)),
                ("00000002" + Hex("d") + "00" + Hex("é") + "00" + newest, "05" + "05" + "fe01"),
            ],
            Dump(database, StoreColumnFamilies.Paths));
    }

    [Fact]
    public async Task Sealed_commits_leave_their_ids_in_the_log()
    {
        using EngineDirectory directory = new();
        IReadOnlyList<LogEntry> line = Sample.Line(3);
        byte[] segment;
        await using (RocksDbEngine engine = directory.Open(segmentCommits: 2))
        {
            IRepository repository = await engine.CreateAsync(RepositoryName.Parse("a"), default);
            await repository.History.AppendAsync(0, line, default);
            await repository.History.SealAsync(default);
            segment = (await repository.History.ReadSegmentAsync(0, default))!.Bytes.ToArray();
        }

        using Database database = directory.OpenRaw();
        Assert.Equal([("000000010000000000000001", Convert.ToHexStringLower(segment))], Dump(database, StoreColumnFamilies.Segments));
        Assert.Equal(
            [
                ("000000010000000000000000", line[0].Id.ToString()),
                ("000000010000000000000001", line[1].Id.ToString()),
                ("000000010000000000000002", line[2].Id + Convert.ToHexStringLower(line[2].Body.Span)),
            ],
            Dump(database, StoreColumnFamilies.Log));
    }

    [Fact]
    public async Task A_damaged_segment_is_told_as_corruption()
    {
        using EngineDirectory directory = new();
        IReadOnlyList<LogEntry> line = Sample.Line(4);
        await using (RocksDbEngine engine = directory.Open(segmentCommits: 2))
        {
            IRepository repository = await engine.CreateAsync(RepositoryName.Parse("a"), default);
            await repository.History.AppendAsync(0, line, default);
            await repository.History.SealAsync(default);
        }

        using (Database database = directory.OpenRaw())
        using (WriteBatch batch = new())
        {
            ColumnFamily segments = database.GetColumnFamily(StoreColumnFamilies.Segments);
            byte[] first = database.Get(segments, StoreKeys.Position(1, 1))!;
            first[^1] ^= 1;
            batch.Put(segments, StoreKeys.Position(1, 1), first);
            batch.Delete(segments, StoreKeys.Position(1, 3));
            database.Write(batch, sync: true);
        }

        await using RocksDbEngine again = directory.Open(segmentCommits: 2);
        IHistoryLog history = (await again.OpenAsync(RepositoryName.Parse("a"), default))!.History;
        foreach (int position in new[] { 0, 3 })
        {
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await history.ReadAsync(position, 1, int.MaxValue, default));
            Assert.Equal(StorageFailure.Corrupt, error.Failure);
        }
    }

    private static byte[] Body(int digit, int bytes) => [.. Enumerable.Repeat((byte)('0' + digit), bytes)];

    private static PathChanges Changes(string path, params PathChange[] changes) => new(System.Text.Encoding.UTF8.GetBytes(path), changes);

    private static ObjectId Id(byte value) => new([.. Enumerable.Repeat(value, ObjectId.Size)]);

    [Fact]
    public void Localities_never_change()
    {
        uint directory = ObjectLocality.Enter(ObjectLocality.Enter(ObjectLocality.RootDirectory, "src"u8), "a"u8);
        Assert.Equal("04d5be7901a2601c", $"{ObjectLocality.Of(ObjectKind.Blob, directory, "file.c"u8).Value:x16}");
        Assert.Equal("040c5b8c811c9dc5", $"{ObjectLocality.OfKind(ObjectKind.Commit).Value:x16}");
    }

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
