using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Packs;

/// <summary>What a slot's bytes say.</summary>
public enum PackSlotState
{
    /// <summary>Never written: a search ends here.</summary>
    Free,

    /// <summary>Whole, and its values are possible.</summary>
    Used,

    /// <summary>Half written or withdrawn: a search goes on, a writer may use it again.</summary>
    Torn,
}

/// <summary>One object's place in a pack. Layout in FORMAT.md.</summary>
/// <param name="Id">The object.</param>
/// <param name="Offset">Of the envelope in the data file.</param>
/// <param name="LengthBytes">Of the envelope.</param>
public readonly record struct PackSlot(ObjectId Id, uint Offset, int LengthBytes)
{
    /// <summary>Bytes of a slot.</summary>
    public const int Size = 32;

    /// <summary>Where a search for the object starts.</summary>
    public static int Home(ObjectId id, int slots) =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(id.AsSpan()[4..]) & (uint)(slots - 1));

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    public static PackSlotState Read(ReadOnlySpan<byte> bytes, out PackSlot slot)
    {
        slot = default;
        if (!bytes.ContainsAnyExcept((byte)0))
        {
            return PackSlotState.Free;
        }

        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]) != Checksum.Compute(bytes[..28])
            || offset < PackFormat.DataHeaderBytes || length < Objects.ObjectEnvelope.HeaderBytes)
        {
            return PackSlotState.Torn;
        }

        slot = new PackSlot(new ObjectId(bytes[..ObjectId.Size]), offset, length);
        return PackSlotState.Used;
    }

    public void Write(Span<byte> destination)
    {
        Id.CopyTo(destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[20..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], LengthBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Checksum.Compute(destination[..28]));
    }
}
