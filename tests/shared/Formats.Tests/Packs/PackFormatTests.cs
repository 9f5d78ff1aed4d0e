using Monorepo.Core;
using Monorepo.Formats.Packs;

namespace Monorepo.Formats.Tests.Packs;

public sealed class PackFormatTests
{
    private static readonly PackSlot s_slot = new(ObjectId.Parse("00112233445566778899aabbccddeeff01234567"), 0x01020304, 77);

    [Fact]
    public void The_checksum_is_crc32c()
    {
        // The check value of RFC 3720's CRC-32C.
        Assert.Equal(0xE3069283u, Checksum.Compute("123456789"u8));
        Assert.Equal(0u, Checksum.Compute(default));
    }

    [Fact]
    public void Headers_and_slots_have_these_bytes()
    {
        byte[] data = new byte[PackFormat.DataHeaderBytes];
        PackFormat.WriteDataHeader(data, 0x1122334455667788);
        Assert.Equal("4d525041434b310a8877665544332211", Convert.ToHexStringLower(data));

        byte[] index = new byte[PackFormat.IndexHeaderBytes];
        PackFormat.WriteIndexHeader(index, 0x1122334455667788, 1024);
        uint check = Checksum.Compute(index.AsSpan(0, 20));
        Assert.Equal("4d5250494458310a887766554433221100040000" + Hex(check) + new string('0', 80), Convert.ToHexStringLower(index));

        byte[] slot = Write(s_slot);
        Assert.Equal("00112233445566778899aabbccddeeff01234567" + "04030201" + "4d000000" + Hex(Checksum.Compute(slot.AsSpan(0, 28))), Convert.ToHexStringLower(slot));
        Assert.Equal(64 + (1024 * 32), PackFormat.IndexBytes(1024));
        Assert.Equal(0x44, PackSlot.Home(s_slot.Id, 256));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        byte[] index = new byte[PackFormat.IndexHeaderBytes];
        PackFormat.WriteIndexHeader(index, 7, 1 << 19);
        Assert.True(PackFormat.TryReadIndexHeader(index, out ulong number, out int slots));
        Assert.Equal((7ul, 1 << 19), (number, slots));
        byte[] data = new byte[PackFormat.DataHeaderBytes];
        PackFormat.WriteDataHeader(data, 9);
        Assert.True(PackFormat.TryReadDataHeader(data, out number));
        Assert.Equal(9ul, number);
        Assert.Equal(PackSlotState.Used, PackSlot.Read(Write(s_slot), out PackSlot slot));
        Assert.Equal(s_slot, slot);
    }

    [Fact]
    public void Every_truncation_of_a_header_is_refused()
    {
        byte[] index = new byte[PackFormat.IndexHeaderBytes];
        PackFormat.WriteIndexHeader(index, 7, 16);
        for (int length = 0; length < index.Length; length++)
        {
            Assert.False(PackFormat.TryReadIndexHeader(index.AsSpan(0, length), out _, out _));
        }

        byte[] data = new byte[PackFormat.DataHeaderBytes];
        PackFormat.WriteDataHeader(data, 9);
        for (int length = 0; length < data.Length; length++)
        {
            Assert.False(PackFormat.TryReadDataHeader(data.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Every_torn_write_of_a_slot_is_seen()
    {
        byte[] whole = Write(s_slot);
        Assert.Equal(PackSlotState.Free, PackSlot.Read(new byte[PackSlot.Size], out _));

        // From the first byte that is not zero to the last but one: a write cut there.
        for (int written = 2; written < whole.Length; written++)
        {
            byte[] torn = new byte[PackSlot.Size];
            whole.AsSpan(0, written).CopyTo(torn);
            Assert.Equal(PackSlotState.Torn, PackSlot.Read(torn, out _));
        }

        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] bad = [.. whole];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(PackSlotState.Torn, PackSlot.Read(bad, out _));
        }
    }

    [Theory]
    [InlineData(15u, 100)]
    [InlineData(16u, 4)]
    [InlineData(16u, -1)]
    public void Impossible_values_are_torn_even_with_a_right_checksum(uint offset, int length)
    {
        Assert.Equal(PackSlotState.Torn, PackSlot.Read(Write(s_slot with { Offset = offset, LengthBytes = length }), out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-8)]
    [InlineData(3)]
    [InlineData(1 << 26)]
    public void Impossible_numbers_of_slots_are_misuse(int slots)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PackFormat.IndexBytes(slots));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackFormat.WriteIndexHeader(new byte[64], 1, slots));
    }

    private static byte[] Write(PackSlot slot)
    {
        byte[] bytes = new byte[PackSlot.Size];
        slot.Write(bytes);
        return bytes;
    }

    private static string Hex(uint value) => Convert.ToHexStringLower(BitConverter.GetBytes(value));
}
