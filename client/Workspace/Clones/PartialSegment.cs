using System.Buffers.Binary;
using Monorepo.Formats;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>The first bytes of a segment whose rest did not come. Layout of its file in History/FORMAT.md.</summary>
/// <param name="Position">Of the segment's first commit.</param>
/// <param name="Count">Commits in the segment.</param>
/// <param name="TotalBytes">Of the whole segment.</param>
/// <param name="Bytes">Those that came.</param>
internal sealed record PartialSegment(long Position, uint Count, uint TotalBytes, ReadOnlyMemory<byte> Bytes)
{
    private const int HeadBytes = 36;

    private static ReadOnlySpan<byte> Magic => "MRPART1\n"u8;

    public SegmentBeginning ToMessage() => new() { Count = Count, TotalBytes = TotalBytes, Bytes = (uint)Bytes.Length };

    /// <summary>What a file holds for an epoch and position; null where it holds nothing of use. It is removed: what it leads to may be wrong.</summary>
    public static PartialSegment? Take(string path, ulong epoch, long position)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        File.Delete(path);
        ReadOnlySpan<byte> head = file;
        if (file.Length <= HeadBytes || !head.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt64LittleEndian(head[8..]) != epoch || BinaryPrimitives.ReadInt64LittleEndian(head[16..]) != position
            || BinaryPrimitives.ReadUInt32LittleEndian(head[32..]) != Check(file))
        {
            return null;
        }

        uint total = BinaryPrimitives.ReadUInt32LittleEndian(head[28..]);
        return file.Length - HeadBytes < total
            ? new PartialSegment(position, BinaryPrimitives.ReadUInt32LittleEndian(head[24..]), total, file.AsMemory(HeadBytes))
            : null;
    }

    public void Save(string path, ulong epoch)
    {
        byte[] file = new byte[HeadBytes + Bytes.Length];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(8), epoch);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(16), Position);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(24), Count);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(28), TotalBytes);
        Bytes.Span.CopyTo(file.AsSpan(HeadBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), Check(file));
        DurableFile.ReplaceLazily(path, file);
    }

    private static uint Check(byte[] file) => Checksum.Compute(file.AsSpan(0, 32)) ^ Checksum.Compute(file.AsSpan(HeadBytes));
}
