using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats;

namespace Monorepo.Workspace.History;

/// <summary>One record of <c>graph</c>. Layout in FORMAT.md.</summary>
internal readonly record struct CommitRecord(ObjectId Id, ObjectId Tree, long CommitSeconds, int Parent1, int Parent2)
{
    /// <summary>A cache line.</summary>
    public const int Size = 64;
    public const int NoParent = -1;

    private const int ChecksumOffset = Size - sizeof(uint);

    /// <summary>True where the parents after the first are listed in <c>edges</c>.</summary>
    public bool HasEdges => Parent2 < NoParent;

    /// <summary>Where in <c>edges</c>.</summary>
    public int EdgeEntry => -(Parent2 + 2);

    public static int FromEdgeEntry(int entry) => -entry - 2;

    public static CommitRecord Read(ReadOnlySpan<byte> bytes) => IsWhole(bytes)
        ? new CommitRecord(
            ReadId(bytes),
            new ObjectId(bytes.Slice(20, ObjectId.Size)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[52..]))
        : throw Damaged();

    /// <summary>The first parent alone, checked like all of the record; for walks of nothing else.</summary>
    public static int ReadFirstParent(ReadOnlySpan<byte> bytes) =>
        IsWhole(bytes) ? BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]) : throw Damaged();

    public static bool IsWhole(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) == Checksum.Compute(bytes[..ChecksumOffset]);

    /// <summary>The id alone, unchecked: for searches, which check what they find.</summary>
    public static ObjectId ReadId(ReadOnlySpan<byte> bytes) => new(bytes[..ObjectId.Size]);

    public void Write(Span<byte> destination)
    {
        Id.CopyTo(destination);
        Tree.CopyTo(destination[20..]);
        BinaryPrimitives.WriteInt64LittleEndian(destination[40..], CommitSeconds);
        BinaryPrimitives.WriteInt32LittleEndian(destination[48..], Parent1);
        BinaryPrimitives.WriteInt32LittleEndian(destination[52..], Parent2);
        destination[56..ChecksumOffset].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ChecksumOffset..], Checksum.Compute(destination[..ChecksumOffset]));
    }

    private static CorruptHistoryException Damaged() =>
        new("A record of the history's graph is damaged: run 'mr pull'; if that does not help, remove the folder '.mr/history' and pull again.");
}
