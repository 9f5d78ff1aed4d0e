using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// The layout of <c>index</c> and of its tables. A table is for a fixed number of consecutive positions and has a fixed size, so
/// that it never has to be built anew as history grows, and building one takes the same small memory in every history.
/// </summary>
internal static class CommitIndexFormat
{
    /// <summary>Of the header and what keeps the tables on page boundaries.</summary>
    public const int HeaderBytes = 4096;

    public const int SlotBits = 19;
    public const int Slots = 1 << SlotBits;
    public const int TableBytes = Slots * sizeof(uint);

    /// <summary>Positions a table is for: at most half of its slots are used.</summary>
    public const int PositionsPerTable = Slots / 2;

    private const int CheckedBytes = 28;

    // A slot holds the position within the table's positions, plus 1, and above it the bits of the id that follow its home's.
    private const uint PositionMask = (1u << SlotBits) - 1;

    private static ReadOnlySpan<byte> Magic => "MRCIDX2\n"u8;

    public static int TablesFor(int positions) => (positions + PositionsPerTable - 1) / PositionsPerTable;

    public static long TableOffset(int table) => HeaderBytes + ((long)table * TableBytes);

    /// <summary>The first slot of an id: its top bits.</summary>
    public static int Home(ObjectId id) => (int)(Prefix(id) >> (32 - SlotBits));

    /// <summary>What the slot of an id's commit holds, which is the <paramref name="index"/>th position of the table.</summary>
    public static uint Slot(ObjectId id, int index) => (Prefix(id) << SlotBits) | (uint)(index + 1);

    /// <summary>The place among the table's positions that a used slot names.</summary>
    public static int IndexOf(uint slot) => (int)(slot & PositionMask) - 1;

    /// <summary>Whether a used slot may be the id's: of 8,192 others one passes.</summary>
    public static bool MayBe(uint slot, ObjectId id) => ((slot ^ (Prefix(id) << SlotBits)) & ~PositionMask) == 0;

    public static bool TryReadHeader(FileDescriptor file, ulong epoch, out int commits)
    {
        Span<byte> header = stackalloc byte[CheckedBytes + sizeof(uint)];
        commits = 0;
        if (!DurableFile.TryReadAt(file, header, 0) || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[CheckedBytes..]) != Checksum.Compute(header[..CheckedBytes])
            || BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) != epoch)
        {
            return false;
        }

        commits = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        return commits >= 0 && PosixFile.GetStatus(file).SizeBytes >= TableOffset(TablesFor(commits));
    }

    public static void WriteHeader(FileDescriptor file, ulong epoch, int commits)
    {
        Span<byte> header = stackalloc byte[CheckedBytes + sizeof(uint)];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], epoch);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], commits);
        BinaryPrimitives.WriteUInt32LittleEndian(header[CheckedBytes..], Checksum.Compute(header[..CheckedBytes]));
        PosixFile.WriteAt(file, header, 0);
    }

    private static uint Prefix(ObjectId id) => BinaryPrimitives.ReadUInt32BigEndian(id.AsSpan());
}
