using System.Buffers.Binary;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;

namespace Monorepo.Formats.Tests.Dirstate;

public class DirstateIntegrityTests
{
    private static readonly DirstateEntry[] s_third = [DirstateBytes.Update[1] with { Path = "b"u8.ToArray() }];

    [Fact]
    public void Another_version_is_refused_by_its_number()
    {
        byte[] file = DirstateBytes.Base(DirstateBytes.Sample);
        file[8] = 3;
        DirstateFormatException e = Assert.Throws<DirstateFormatException>(() => DirstateBytes.Open(file));
        Assert.Equal(DirstateFault.UnknownVersion, e.Fault);
        Assert.Contains("version 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_gives_the_state_before_or_is_refused()
    {
        (byte[] file, List<string>[] states, int[] ends) = WithUpdates();
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            if (length < ends[0])
            {
                Assert.Throws<DirstateFormatException>(() => DirstateBytes.ReadAll(DirstateBytes.Open(cut)));
                continue;
            }

            int state = Array.FindLastIndex(ends, e => e <= length);
            DirstateReader read = DirstateBytes.Open(cut);
            Assert.Equal(states[state], DirstateBytes.ReadAll(read));
            Assert.Equal(ends[state], read.FileBytes);
        }
    }

    [Fact]
    public void Every_changed_bit_is_refused_except_in_the_last_update_which_is_left_out()
    {
        (byte[] file, List<string>[] states, int[] ends) = WithUpdates();
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            byte[] changed = [.. file];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (bit / 8 < ends[1])
                Assert.Throws<DirstateFormatException>(() => DirstateBytes.ReadAll(DirstateBytes.Open(changed)));
            else
                Assert.Equal(states[1], DirstateBytes.ReadAll(DirstateBytes.Open(changed)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(4096)]
    public void A_file_that_grew_before_its_bytes_came_is_the_state_before(int further)
    {
        (byte[] file, List<string>[] states, int[] ends) = WithUpdates();
        byte[] grown = [.. file[..ends[1]], .. new byte[file.Length - ends[1] + further]];
        Assert.Equal(states[1], DirstateBytes.ReadAll(DirstateBytes.Open(grown)));

        // The header came and the payload did not.
        file.AsSpan(ends[1], DirstateBatch.HeaderBytes).CopyTo(grown.AsSpan(ends[1]));
        Assert.Equal(states[1], DirstateBytes.ReadAll(DirstateBytes.Open(grown)));
    }

    [Fact]
    public void Finding_one_path_touches_few_blocks()
    {
        byte[] bytes = DirstateBytes.Base(Enumerable.Range(0, 20_000).Select(i => DirstateBytes.Sample[0] with { Path = Encoding.ASCII.GetBytes($"dir{i / 100:D4}/file{i:D6}.txt") }));
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

    // The bytes, what they are read as after the base and after each update, and where these end.
    private static (byte[] File, List<string>[] States, int[] Ends) WithUpdates()
    {
        byte[] sorted = DirstateBytes.Base(DirstateBytes.Sample);
        byte[] first = DirstateBytes.Batch(42, DirstateBytes.WrittenNs, DirstateBytes.Blob, DirstateBytes.Update);
        byte[] second = DirstateBytes.Batch(43, DirstateBytes.WrittenNs, ObjectId.Null, s_third);
        byte[][] files = [sorted, [.. sorted, .. first], [.. sorted, .. first, .. second]];
        return (files[2], [.. files.Select(f => DirstateBytes.ReadAll(DirstateBytes.Open(f)))], [.. files.Select(f => f.Length)]);
    }
}
