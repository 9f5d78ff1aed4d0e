using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Tests.Dirstate;

public class DirstateIntegrityTests
{
    private const long WrittenNs = 1_700_000_000_000_000_000;

    private static readonly ObjectId s_tree = ObjectId.Parse("0102030405060708090a0b0c0d0e0f1011121314");
    private static readonly ObjectId s_blob = ObjectId.Parse("ffeeddccbbaa99887766554433221100ffeeddcc");

    private static readonly DirstateEntry[] s_sample =
    [
        new("a"u8.ToArray(), FileMode.Regular, s_blob, new RecordedStat(300, 64, -1, 77)),
        new("a/b"u8.ToArray(), FileMode.Executable, s_tree, null),
        new(new byte[] { (byte)'a', 0xFF }, FileMode.SymbolicLink, s_blob, new RecordedStat(0, long.MinValue, long.MaxValue, ulong.MaxValue)),
        new("sub"u8.ToArray(), FileMode.Submodule, s_tree, null),
    ];

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        // Computed from FORMAT.md by a separate program, not by this writer.
        const string Golden =
            "6d7264697273740001000000010000000400000000000000e4000000000000000102030405060708090a0b0c0d0e0f10111213140000000000002a36fe9c97171e48aa4000000000"
            + "94000000729d772d000161a48302ffeeddccbbaa99887766554433221100ffeeddcc01ac028001014d01022f62ed83020102030405060708090a0b0c0d0e0f1011121314000101ff80c002ffeeddccbbaa99887766554433221100ffeeddcc0100ffffffffffffffffff01feffffffffffffffff01ffffffffffffffffff01000373756280c0030102030405060708090a0b0c0d0e0f101112131400"
            + "4800000000000000627d13d4";
        Assert.Equal(Golden, Convert.ToHexStringLower(Encode(s_sample)));
        Assert.Equal(s_sample.Select(Describe), ReadAll(Convert.FromHexString(Golden)).Select(Describe));
    }

    [Fact]
    public void Every_changed_bit_is_refused()
    {
        byte[] bytes = Encode(s_sample);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<DirstateFormatException>(() => ReadAll(changed));
        }
    }

    [Fact]
    public void Finding_one_path_touches_few_blocks()
    {
        byte[] bytes = Encode(Enumerable.Range(0, 20_000).Select(i => s_sample[0] with { Path = Encoding.ASCII.GetBytes($"dir{i / 100:D4}/file{i:D6}.txt") }));
        int blocks = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        int index = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24));
        Assert.True(blocks > 100);

        // A block is needed if its damage alone is noticed.
        int needed = 0;
        for (int block = 0; block < blocks; block++)
        {
            int checksum = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(index + (block * 8))) + 4;
            bytes[checksum] ^= 1;
            try
            {
                Assert.True(new DirstateReader(bytes).TryFind("dir0123/file012345.txt"u8, out _));
            }
            catch (DirstateFormatException)
            {
                needed++;
            }

            bytes[checksum] ^= 1;
        }

        Assert.InRange(needed, 1, 12);
    }

    private static string Describe(DirstateEntry entry) => $"{Convert.ToHexString(entry.Path.Span)} {entry.Mode} {entry.Id} {entry.Stat}";

    private static byte[] Encode(IEnumerable<DirstateEntry> entries)
    {
        using var output = new MemoryStream();
        var writer = new DirstateWriter(output, s_tree, WrittenNs);
        foreach (DirstateEntry entry in entries)
            writer.Add(entry);
        writer.Finish();
        return output.ToArray();
    }

    private static List<DirstateEntry> ReadAll(byte[] bytes)
    {
        var all = new List<DirstateEntry>();
        DirstateCursor cursor = new DirstateReader(bytes).Open();
        while (cursor.MoveNext())
            all.Add(cursor.Current);
        return all;
    }
}
