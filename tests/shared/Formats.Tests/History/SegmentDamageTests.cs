using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.Tests.History;

/// <summary>Golden bytes, and what is done to them on the way.</summary>
public sealed class SegmentDamageTests
{
    private const int ColumnsOffset = 24;
    private const int ColumnBytes = 12;
    private const int Columns = 15;

    private static readonly ObjectId s_before = ObjectId.Parse("1111111111111111111111111111111111111111");

    private static readonly byte[][] s_bodies =
    [
        Bytes("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 1111111111111111111111111111111111111111\nauthor A <a@x> 100 +0000\ncommitter A <a@x> 100 +0000\n\none\n"),
        Bytes("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 1111111111111111111111111111111111111111\nauthor A <a@x> 90 -0100\ncommitter B <b@x> 110 +0000\nencoding x\n\n0123456789abcdef0123456789abcdef01234567\n"),
        Bytes("tree 00112233445566778899aabbccddeeff00112233\nauthor A\n\nraw"),
    ];

    private static byte[] Golden => Segments.Encode(7, s_bodies, Before);

    private static CommitPositions Before => new([s_before], 4);

    [Fact]
    public void The_bytes_are_these()
    {
        string messages = Hex("one\n") + "010a";
        string headers = Hex("encoding x\n") + Convert.ToHexStringLower(s_bodies[2]);
        string[] columns =
        [
            "00" + "5e" + "01", // shapes: plain; committer, seconds and zone differ, headers, packed ids; raw
            "0103" + "0104" + "00", // parents: one three before, one four before, none
            "00" + "01" + "00", // tree references: new, that of one before, new
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904" + "00112233445566778899aabbccddeeff00112233",
            "c801" + "1427" + "db01", // times: +100; +10 and author 20 before; -110
            "00" + "0001", // identities: A; A and B
            "07" + Hex("A <a@x>") + "07" + Hex("B <b@x>"),
            "00" + "0100", // zones: +0000; -0100 and +0000
            "05" + Hex("+0000") + "05" + Hex("-0100"),
            "04" + "02010b" + "3b", // lengths: message; message, ids and headers; the raw body
            messages,
            Block(messages),
            "0123456789abcdef0123456789abcdef01234567",
            headers,
            Block(headers),
        ];
        byte[] golden = Golden;
        StringBuilder expected = new(Hex("MRSEGM2\n") + "0700000000000000" + "03000000" + Number(s_bodies.Sum(b => b.Length)));
        byte[][] decoded = [.. columns.Select(Convert.FromHexString)];
        for (int i = 0; i < decoded.Length; i++)
        {
            // Columns this small are kept as they are.
            expected.Append(Number(decoded[i].Length)).Append(Number(decoded[i].Length)).Append(Number(IsText(i) ? 0 : (int)Checksum.Compute(decoded[i])));
        }

        expected.Append(Number((int)Checksum.Compute(golden.AsSpan(0, SegmentHeader.Bytes - 4))));
        Assert.Equal(expected + string.Concat(columns), Convert.ToHexStringLower(golden));
        Assert.Equal(s_bodies, Segments.Verify(golden, Before).Select(s => s.Body));
    }

    [Fact]
    public void Large_columns_are_zstd_frames()
    {
        byte[][] bodies = [.. Enumerable.Range(0, 500).Select(i => Bytes($"tree {i:x40}\nauthor A <a@x> {i} +0000\ncommitter A <a@x> {i} +0000\n\nchange {i}\n"))];
        byte[] segment = Segments.Encode(0, bodies, Before);
        Assert.Equal(bodies, Segments.Verify(segment, Before).Select(s => s.Body));
        int start = SegmentHeader.Bytes;
        foreach (int column in Enumerable.Range(0, Columns))
        {
            int stored = BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(ColumnsOffset + (column * ColumnBytes)));
            int decoded = BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(ColumnsOffset + (column * ColumnBytes) + 4));
            if (column is 0 or 2 or 4 or 10) // the messages are one block
            {
                Assert.InRange(stored, 1, decoded / 2);
                ZstdCodec.Decompress(segment.AsSpan(start, stored), new byte[decoded]);
            }

            start += stored;
        }

        Assert.Equal(start, segment.Length);
    }

    [Fact]
    public void Every_truncation_is_corrupt()
    {
        byte[] golden = Golden;
        for (int length = 0; length < golden.Length; length++)
        {
            Assert.Throws<CorruptSegmentException>(() => ReadAll(golden.AsMemory(0, length)));
        }

        Assert.Throws<CorruptSegmentException>(() => ReadAll((byte[])[.. golden, 0]));
    }

    [Fact]
    public void Every_flipped_bit_is_corrupt()
    {
        byte[] golden = Golden;
        for (int bit = 0; bit < golden.Length * 8; bit++)
        {
            byte[] damaged = [.. golden];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<CorruptSegmentException>(() => ReadAll(damaged));
        }
    }

    [Fact]
    public void Flipped_bits_under_right_checksums_are_corrupt_or_other_commits()
    {
        byte[] golden = Golden;
        HashSet<string> ids = [.. Segments.Verify(golden, Before).Select(s => s.Id.ToString())];
        int corrupt = 0;
        for (int bit = SegmentHeader.Bytes * 8; bit < golden.Length * 8; bit++)
        {
            byte[] damaged = [.. golden];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            corrupt += IsCorruptOrOther(Checked(damaged), ids) ? 1 : 0;
        }

        Assert.InRange(corrupt, golden.Length, golden.Length * 8);
    }

    [Fact]
    public void Random_damage_under_right_checksums_never_ends_in_another_way()
    {
        byte[] golden = Golden;
        HashSet<string> ids = [.. Segments.Verify(golden, Before).Select(s => s.Id.ToString())];
        Random random = new(5);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = [.. golden];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            IsCorruptOrOther(Checked(damaged), ids);
        }
    }

    [Fact]
    public void Random_columns_of_any_length_never_end_in_another_way()
    {
        byte[] golden = Golden;
        Random random = new(6);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = golden;
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                // Small numbers are what columns are made of.
                byte[] bytes = new byte[random.Next(0, 60)];
                random.NextBytes(bytes);
                int mask = random.Next(4) switch { 0 => 255, 1 => 127, 2 => 7, _ => 1 };
                damaged = Replace(damaged, random.Next(Columns), [.. bytes.Select(b => (byte)(b & mask))]);
            }

            IsCorruptOrOther(damaged, []);
        }
    }

    [Theory]
    [InlineData(0, "00" + "5e" + "03")] // raw and more
    [InlineData(0, "00" + "de" + "01")] // an unknown bit
    [InlineData(0, "00" + "7e" + "01")] // packed ids without a message
    [InlineData(0, "00" + "5e")] // a shape too few
    [InlineData(1, "0108" + "0104" + "00")] // a parent before the log
    [InlineData(1, "0100" + "0104" + "00")] // a parent that is not in the log, of a commit with columns
    [InlineData(1, "ff7f03" + "0104" + "00")] // more parents than the bodies have bytes for
    [InlineData(1, "0103" + "0104")] // ends early
    [InlineData(1, "0103" + "0104" + "0000")] // goes on
    [InlineData(1, "018300" + "0104" + "00")] // not the shortest form
    [InlineData(1, "01ffffffffffffffffff7f" + "0104" + "00")] // more than 64 bits
    [InlineData(2, "01" + "01" + "00")] // the tree of a commit before the segment
    [InlineData(2, "00" + "00" + "00")] // more trees than ids
    [InlineData(5, "00" + "0002")] // an identity that is not there
    [InlineData(6, "")] // no identities at all
    [InlineData(8, "")] // no zones at all
    [InlineData(6, "0741203c61407800" + "074220203c62407820")] // a name without an end
    [InlineData(6, "0741203c610a783e" + "0742203c62407800")] // a line feed in a name
    [InlineData(8, "052b30300a30" + "052d30313030")] // a line feed in a zone
    [InlineData(9, "04" + "02010b" + "3a")] // headers left over
    [InlineData(9, "04" + "02010b" + "3c")] // a raw body that goes on
    [InlineData(9, "03" + "02010b" + "3b")] // messages left over
    [InlineData(9, "04" + "02000b" + "3b")] // no ids where there must be some
    [InlineData(9, "04" + "02020b" + "3b")] // more ids than there are
    [InlineData(10, "6f6e650a" + "0a0a")] // no place for the id
    [InlineData(10, "6f6e650a" + "0101")] // places for two
    [InlineData(11, "")] // no block
    [InlineData(11, "0500000000")] // a block shorter than the column
    [InlineData(11, "0600000000" + "0000000000")] // two blocks where one is due
    [InlineData(11, "06000000")] // ends early
    [InlineData(12, "0123456789abcdef0123456789abcdef012345")] // an id cut short
    public void Columns_that_break_a_rule_are_corrupt(int column, string hex)
    {
        byte[] golden = Golden;
        byte[] replaced = Replace(golden, column, Convert.FromHexString(hex));
        Assert.Throws<CorruptSegmentException>(() => ReadAll(replaced));
    }

    [Theory]
    [InlineData("20656e636f64696e670a")] // goes on with the committer's line
    [InlineData("0a656e636f6469670a0a")] // an empty line first
    [InlineData("656e0a0a6f64696e670a")] // an empty line within
    [InlineData("656e636f64696e672078")] // no line feed at the end
    public void Headers_that_would_be_read_as_something_else_are_corrupt(string headers)
    {
        byte[] golden = Golden;
        byte[] bytes = [.. Convert.FromHexString(headers), 10];
        byte[] column = [.. bytes.AsSpan(0, 11), .. s_bodies[2]];
        if (headers.EndsWith("78", StringComparison.Ordinal))
        {
            column[10] = (byte)'x';
        }

        Assert.Throws<CorruptSegmentException>(() => ReadAll(Replace(golden, 13, column)));
    }

    [Fact]
    public void Columns_that_contradict_a_raw_body_are_corrupt()
    {
        byte[] golden = Golden;
        Assert.Throws<CorruptSegmentException>(() => ReadAll(Replace(golden, 4, Convert.FromHexString("c801" + "1427" + "db02"))));
        Assert.Throws<CorruptSegmentException>(() => ReadAll(Replace(golden, 1, Convert.FromHexString("0103" + "0104" + "0101"))));
        Assert.Throws<CorruptSegmentException>(() => ReadAll(Replace(golden, 3, Convert.FromHexString("4b825dc642cb6eb9a060e54bf8d69288fbee4904" + "10112233445566778899aabbccddeeff00112233"))));
    }

    [Fact]
    public void Numbers_out_of_range_are_corrupt()
    {
        byte[] golden = Golden;
        AssertHeader(16, 0u); // commits
        AssertHeader(16, SegmentFormat.CommitsPerSegment + 1u);
        AssertHeader(20, SegmentFormat.BodyBytesMax + 1u);
        AssertHeader(20, (uint)s_bodies.Sum(b => b.Length) - 1); // bodies
        AssertHeader(20, (uint)s_bodies.Sum(b => b.Length) + 1);
        AssertHeader(12, 0x8000_0000u); // position
        AssertHeader(ColumnsOffset + (10 * ColumnBytes), 5u); // stored below decoded: a frame
        AssertHeader(ColumnsOffset + (10 * ColumnBytes) + 4, 5u); // decoded below stored
        AssertHeader(ColumnsOffset + (10 * ColumnBytes) + 4, 1u << 20); // more than the bodies can have
        AssertHeader(ColumnsOffset + (10 * ColumnBytes) + 4, uint.MaxValue);

        void AssertHeader(int offset, uint value)
        {
            byte[] damaged = [.. golden];
            BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(offset), value);
            Assert.Throws<CorruptSegmentException>(() => ReadAll(Checked(damaged)));
        }
    }

    [Fact]
    public void Writing_keeps_the_limits()
    {
        byte[][] most = new byte[SegmentFormat.CommitsPerSegment][];
        Array.Fill(most, s_bodies[0]);
        Assert.Equal(most.Length, SegmentReader.Open(Segments.Encode(7, most, Before)).Count);
        Assert.Throws<ArgumentException>(() => Segments.Encode(7, [.. most, s_bodies[0]], Before));
        Assert.Throws<ArgumentException>(() => Segments.Encode(7, [], Before));
        Assert.Throws<ArgumentOutOfRangeException>(() => Segments.Encode(-1, s_bodies, Before));
        Assert.Throws<ArgumentException>(() => Segments.Encode(4, s_bodies, Before)); // the parent stands at 4, too
        Assert.Throws<ArgumentException>(() => Segments.Encode(7, [new byte[SegmentFormat.BodyBytesMax + 1]], Before));
    }

    private static void ReadAll(ReadOnlyMemory<byte> segment)
    {
        List<SeenCommit> seen = Segments.Verify(segment, Before);
        Assert.Equal(s_bodies.Length, seen.Count);
    }

    private static bool IsCorruptOrOther(byte[] segment, HashSet<string> ids)
    {
        try
        {
            // Whatever is taken was read in bounds, and has the id of its bytes.
            List<SeenCommit> seen = Segments.Verify(segment, Before);
            Assert.All(seen, s => Assert.Equal(s.Id, ObjectHasher.Hash(ObjectKind.Commit, s.Body)));
            using SegmentReader reader = SegmentReader.Open(segment);
            TextBuffer buffer = new();
            for (int i = 0; i < reader.Count; i++)
            {
                SegmentAssert.Tells(Commit.Parse(seen[i].Body), reader, i, buffer);
            }

            return seen.Exists(s => !ids.Contains(s.Id.ToString()));
        }
        catch (Exception e) when (e is CorruptSegmentException or KeyNotFoundException)
        {
            return true; // KeyNotFound: a parent that this log never had
        }
    }

    /// <summary>Puts other bytes in a column's place, stored as they are, with right checksums.</summary>
    private static byte[] Replace(byte[] segment, int column, byte[] bytes)
    {
        int start = SegmentHeader.Bytes;
        for (int i = 0; i < column; i++)
        {
            start += BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(ColumnsOffset + (i * ColumnBytes)));
        }

        int entry = ColumnsOffset + (column * ColumnBytes);
        int before = BinaryPrimitives.ReadInt32LittleEndian(segment.AsSpan(entry));
        byte[] replaced = [.. segment[..start], .. bytes, .. segment[(start + before)..]];
        BinaryPrimitives.WriteInt32LittleEndian(replaced.AsSpan(entry), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(replaced.AsSpan(entry + 4), bytes.Length);
        if (IsText(column) && bytes.Length is > 0 and < 128 && replaced.Length > start + bytes.Length)
        {
            replaced[start + bytes.Length] = (byte)bytes.Length;
        }

        return Checked(replaced);
    }

    /// <summary>Makes all checksums right, as far as the lengths allow.</summary>
    private static byte[] Checked(byte[] segment)
    {
        int start = SegmentHeader.Bytes;
        int before = start;
        for (int i = 0; i < Columns; i++)
        {
            Span<byte> entry = segment.AsSpan(ColumnsOffset + (i * ColumnBytes));
            uint stored = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            if (stored > segment.Length - start)
            {
                break;
            }

            Span<byte> column = segment.AsSpan(start, (int)stored);
            if (IsText(i - 1) && column.Length == 5 && column[0] <= start - before)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(column[1..], Checksum.Compute(segment.AsSpan(before, column[0])));
            }

            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], IsText(i) ? 0 : Checksum.Compute(column));
            before = start;
            start += (int)stored;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(SegmentHeader.Bytes - 4), Checksum.Compute(segment.AsSpan(0, SegmentHeader.Bytes - 4)));
        return segment;
    }

    private static bool IsText(int column) => column is 10 or 13;

    /// <summary>The table of a text column that is one block, kept as it is.</summary>
    private static string Block(string texts)
    {
        byte[] bytes = Convert.FromHexString(texts);
        return $"{bytes.Length:x2}" + Number((int)Checksum.Compute(bytes));
    }

    private static string Number(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Convert.ToHexStringLower(bytes);
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string Hex(string text) => Convert.ToHexStringLower(Bytes(text));
}
