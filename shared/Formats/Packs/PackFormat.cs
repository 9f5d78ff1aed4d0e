using System.Buffers.Binary;
using System.Numerics;

namespace Monorepo.Formats.Packs;

/// <summary>The fixed parts of a pack's two files. Layout in FORMAT.md.</summary>
public static class PackFormat
{
    /// <summary>Bytes before the first envelope of the data file.</summary>
    public const int DataHeaderBytes = 16;

    /// <summary>Bytes before the first slot of the index file.</summary>
    public const int IndexHeaderBytes = 64;

    /// <summary>Where the index file keeps the number of slots in use.</summary>
    public const int UsedOffset = 24;

    /// <summary>Slots an index may have: what keeps an index file below 2 GiB.</summary>
    public const int SlotsMax = 1 << 25;

    /// <summary>The largest offset a slot can hold.</summary>
    public const long OffsetMax = uint.MaxValue;

    private static ReadOnlySpan<byte> DataMagic => "MRPACK1\n"u8;

    private static ReadOnlySpan<byte> IndexMagic => "MRPIDX1\n"u8;

    /// <summary>The size of an index file of this many slots.</summary>
    public static int IndexBytes(int slots)
    {
        CheckSlots(slots);
        return IndexHeaderBytes + (slots * PackSlot.Size);
    }

    public static void WriteDataHeader(Span<byte> destination, ulong packNumber)
    {
        DataMagic.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], packNumber);
    }

    public static bool TryReadDataHeader(ReadOnlySpan<byte> header, out ulong packNumber)
    {
        packNumber = 0;
        if (header.Length < DataHeaderBytes || !header.StartsWith(DataMagic))
        {
            return false;
        }

        packNumber = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        return true;
    }

    public static void WriteIndexHeader(Span<byte> destination, ulong packNumber, int slots)
    {
        CheckSlots(slots);
        destination[..IndexHeaderBytes].Clear();
        IndexMagic.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], packNumber);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], slots);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Checksum.Compute(destination[..20]));
    }

    /// <summary>False for bytes that are no header, or one of an impossible size.</summary>
    public static bool TryReadIndexHeader(ReadOnlySpan<byte> header, out ulong packNumber, out int slots)
    {
        packNumber = 0;
        slots = 0;
        if (header.Length < IndexHeaderBytes || !header.StartsWith(IndexMagic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) != Checksum.Compute(header[..20]))
        {
            return false;
        }

        packNumber = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        slots = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        return BitOperations.IsPow2(slots) && slots <= SlotsMax;
    }

    private static void CheckSlots(int slots)
    {
        if (!BitOperations.IsPow2(slots) || slots > SlotsMax)
        {
            throw new ArgumentOutOfRangeException(nameof(slots), slots, $"A pack index has a power of two of slots, at most {SlotsMax}.");
        }
    }
}
