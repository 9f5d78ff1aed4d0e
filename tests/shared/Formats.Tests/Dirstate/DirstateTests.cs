using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Tests.Dirstate;

public sealed class DirstateTests
{
    private static readonly ObjectId s_tree = ObjectId.Parse("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    private static readonly ObjectId s_blob = ObjectId.Parse("ce013625030ba8dba906f756967f9e9ca394464a");

    [Fact]
    public void Golden_bytes()
    {
        byte[] file = Write(
            0x0102030405060708,
            new DirstateEntry("a"u8.ToArray(), FileMode.Regular, s_blob, new RecordedStat(6, 1, -1, 300)),
            new DirstateEntry("ab"u8.ToArray(), FileMode.SymbolicLink, s_blob, null));
        const string Blob = "ce013625030ba8dba906f756967f9e9ca394464a";
        string payload = "000161" + "a48302" + Blob + "01" + "06" + "02" + "01" + "ac02" + "010162" + "80c002" + Blob + "00";
        string hex = Convert.ToHexStringLower(file);
        Assert.Equal("6d72646972737400" + "01000000" + "01000000" + "0200000000000000" + "8b00000000000000", hex[..64]);
        Assert.Equal(s_tree + "00000000" + "0807060504030201", hex[64..128]);
        Assert.Equal(payload, hex[160..(160 + payload.Length)]);
        Assert.Equal("3b000000", hex[144..152]);
        Assert.Equal("4800000000000000", hex[(160 + payload.Length)..(176 + payload.Length)]);
        Assert.Equal(file.Length, 72 + 8 + (payload.Length / 2) + 8 + 4);
    }

    [Fact]
    public void Every_truncation_and_every_changed_byte_is_found()
    {
        byte[] file = Write(7, [.. Enumerable.Range(0, 150).Select(i => Entry($"dir/{i:000}", i))]);
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            Assert.Throws<DirstateFormatException>(() => ReadAll(cut));
        }

        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 0x40;
            // The four bytes at the header's end are padding.
            if (i is >= 68 and < 72)
            {
                continue;
            }

            Assert.Throws<DirstateFormatException>(() => ReadAll(changed));
        }
    }

    [Fact]
    public void Another_version_is_refused_by_its_number()
    {
        byte[] file = Write(7, Entry("a", 1));
        file[8] = 2;
        DirstateFormatException e = Assert.Throws<DirstateFormatException>(() => ReadAll(file));
        Assert.Equal(DirstateFault.UnknownVersion, e.Fault);
        Assert.Contains("version 2", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_paths_come_back_and_are_found()
    {
        Gen<byte[]> path = Gen.ArrayOf(Gen.Choose(1, 255).Select(b => (byte)b)).Where(p => p.Length > 0);
        Prop.ForAll(path.ListOf().ToArbitrary(), paths =>
        {
            DirstateEntry[] entries = [.. paths.Concat(Enumerable.Range(0, 70).Select(i => Encoding.ASCII.GetBytes($"x{i}")))
                .DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal)
                .Select((p, i) => new DirstateEntry(p, FileMode.Regular, s_blob, i % 3 == 0 ? null : new RecordedStat(i, -i, i * 1_000_000_000L, (ulong)i)))];
            DirstateReader reader = new(Write(7, entries));
            DirstateCursor cursor = reader.Open();
            foreach (DirstateEntry entry in entries)
            {
                if (!cursor.MoveNext() || !Same(entry, cursor.Current) || !reader.TryFind(entry.Path.Span, out DirstateEntry found) || !Same(entry, found))
                {
                    return false;
                }

                byte[] absent = [.. entry.Path.Span, 0];
                if (reader.TryFind(absent, out _))
                {
                    return false;
                }
            }

            return !cursor.MoveNext() && reader.Count == entries.Length && reader.Tree == s_tree;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_empty_dirstate_holds_nothing()
    {
        DirstateReader reader = new(Write(7));
        Assert.False(reader.Open().MoveNext());
        Assert.False(reader.TryFind("a"u8, out _));
    }

    [Fact]
    public void Paths_must_ascend()
    {
        Assert.Throws<ArgumentException>(() => Write(7, Entry("b", 1), Entry("a", 1)));
        Assert.Throws<ArgumentException>(() => Write(7, Entry("a", 1), Entry("a", 1)));
        Assert.Throws<ArgumentException>(() => Write(7, Entry("", 1)));
    }

    private static bool Same(DirstateEntry a, DirstateEntry b) =>
        a.Path.Span.SequenceEqual(b.Path.Span) && a.Mode == b.Mode && a.Id == b.Id && a.Stat == b.Stat;

    private static DirstateEntry Entry(string path, int number) =>
        new(Encoding.UTF8.GetBytes(path), FileMode.Executable, s_blob, new RecordedStat(number, number, number, (ulong)number));

    private static byte[] Write(long writtenNs, params DirstateEntry[] entries)
    {
        using MemoryStream stream = new();
        DirstateWriter writer = new(stream, s_tree, writtenNs);
        foreach (DirstateEntry entry in entries)
        {
            writer.Add(entry);
        }

        writer.Finish();
        return stream.ToArray();
    }

    private static int ReadAll(byte[] file)
    {
        DirstateCursor cursor = new DirstateReader(file).Open();
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }
}
