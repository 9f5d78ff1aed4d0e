using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Dirstate;

/// <summary>Reads what <see cref="EntryEncoder"/> wrote. Holds one entry at a time.</summary>
internal sealed class EntryDecoder
{
    private byte[] _path = new byte[256];
    private int _pathBytes;

    /// <summary>Valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathBytes);

    /// <summary>None: removed.</summary>
    public FileMode Mode { get; private set; }

    public ObjectId Id { get; private set; }

    public RecordedStat? Stat { get; private set; }

    public bool IsDropped { get; private set; }

    /// <param name="rest">Begins with an entry, which is cut off.</param>
    /// <param name="sharesPath">Whether the entry before is the one read last.</param>
    /// <exception cref="DirstateFormatException">No entry can be this.</exception>
    public void Read(ref ReadOnlySpan<byte> rest, bool sharesPath)
    {
        ulong shared = Varint(ref rest);
        ulong further = Varint(ref rest);
        if (shared > (ulong)(sharesPath ? _pathBytes : 0) || further > (ulong)rest.Length || shared + further == 0)
        {
            throw DirstateLayout.Damaged("a path's lengths can't be");
        }

        int length = (int)(shared + further);
        if (_path.Length < length)
        {
            Array.Resize(ref _path, length * 2);
        }

        rest[..(int)further].CopyTo(_path.AsSpan((int)shared));
        _pathBytes = length;
        rest = rest[(int)further..];
        Mode = (FileMode)Varint(ref rest);
        (Id, Stat, IsDropped) = (ObjectId.Null, null, false);
        if (Mode == FileMode.None)
        {
            return;
        }

        if (rest.Length < ObjectId.Size + 1)
        {
            throw DirstateLayout.Damaged("an entry is cut");
        }

        Id = new ObjectId(rest[..ObjectId.Size]);
        byte flags = rest[ObjectId.Size];
        rest = rest[(ObjectId.Size + 1)..];
        IsDropped = (flags & DirstateLayout.IsDropped) != 0;
        if ((flags & DirstateLayout.HasStat) != 0)
        {
            Stat = new RecordedStat((long)Varint(ref rest), DirstateLayout.UnZigZag(Varint(ref rest)), DirstateLayout.UnZigZag(Varint(ref rest)), Varint(ref rest));
        }
    }

    /// <summary>The path of a block's first entry, where it lies.</summary>
    public static ReadOnlySpan<byte> FirstPath(ReadOnlySpan<byte> block)
    {
        ulong shared = Varint(ref block);
        ulong length = Varint(ref block);
        return shared == 0 && length <= (ulong)block.Length ? block[..(int)length] : throw DirstateLayout.Damaged("a path's lengths can't be");
    }

    private static ulong Varint(ref ReadOnlySpan<byte> span)
    {
        ulong value = 0;
        for (int i = 0; i < Math.Min(span.Length, DirstateLayout.VarintBytesMax); i++)
        {
            value |= (ulong)(span[i] & 0x7F) << (7 * i);
            if (span[i] < 0x80)
            {
                span = span[(i + 1)..];
                return value;
            }
        }

        throw DirstateLayout.Damaged("a number does not end");
    }
}
