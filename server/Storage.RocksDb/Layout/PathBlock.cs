using System.Numerics;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>
/// A value of <c>paths</c>: changes of one path, ascending, two or three bytes each. Layout in FORMAT.md. A block is a sequence of
/// changes without a frame, so that appending to one never touches what is there.
/// </summary>
internal static class PathBlock
{
    /// <summary>A block of this size takes no more: the newest one is rewritten with every append, and reading the newest change reads a whole one.</summary>
    public const int BytesMax = 1_024;

    /// <summary>The longest form of a change.</summary>
    public const int ChangeBytesMax = 2 * VarintBytesMax;

    private const int VarintBytesMax = 10;
    private const long PositionMax = long.MaxValue >> 1;

    /// <param name="destination">At least <see cref="ChangeBytesMax"/>.</param>
    /// <param name="before">The position of the change before this one in the block; -1 for the first.</param>
    /// <param name="change">Its position is greater.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, long before, PathChange change)
    {
        ulong step = (ulong)(change.Position - before - 1) << 1;
        if (change.SameParents == 0)
            return WriteVarint(destination, step);
        int bytes = WriteVarint(destination, step | 1);
        return bytes + WriteVarint(destination[bytes..], change.SameParents);
    }

    /// <exception cref="StorageException">Corrupt: the bytes are no block.</exception>
    public static void Read(ReadOnlySpan<byte> block, List<PathChange> changes)
    {
        if (block.IsEmpty)
            throw Damaged();

        long position = -1;
        while (!block.IsEmpty)
        {
            ulong step = ReadVarint(ref block);
            ulong sameParents = 0;
            if ((step & 1) != 0 && (sameParents = ReadVarint(ref block)) == 0)
                throw Damaged();
            step >>= 1;
            if (step >= (ulong)(PositionMax - position))
                throw Damaged();
            position += (long)step + 1;
            changes.Add(new PathChange(position, sameParents));
        }
    }

    private static int WriteVarint(Span<byte> destination, ulong value)
    {
        int bytes = 0;
        for (; value >= 0x80; value >>= 7)
            destination[bytes++] = (byte)(value | 0x80);
        destination[bytes++] = (byte)value;
        return bytes;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        for (int i = 0; i < rest.Length && i < VarintBytesMax; i++)
        {
            byte part = rest[i];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part >= 0x80)
                continue;

            // One form for each number: no zero bytes at the end, nothing past the 64th bit.
            if ((part == 0 && i > 0) || (i == VarintBytesMax - 1 && BitOperations.Log2(part) > 0))
                break;
            rest = rest[(i + 1)..];
            return value;
        }

        throw Damaged();
    }

    private static StorageException Damaged() => StorageFailures.Corrupt("a block of the path index is damaged");
}
