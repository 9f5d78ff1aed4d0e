using System.Buffers.Binary;
using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>
/// The sorted part of a dirstate, read in place. Header and index are checked when it is opened, a block when it is first needed by a cursor or a search.
/// </summary>
internal sealed class DirstateBase
{
    private readonly ReadOnlyMemory<byte> _file;
    private readonly int _firstBlock;
    private readonly int _indexOffset;

    /// <param name="file">At least the base; must stay valid and unchanged.</param>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public DirstateBase(ReadOnlyMemory<byte> file)
    {
        ReadOnlySpan<byte> span = file.Span;
        Version = CheckHeader(span);
        Blocks = (int)BlocksOf(span);
        Bytes = MeasureBytes(span);
        if (Version == 1 ? Bytes != span.Length : Bytes > span.Length)
        {
            throw DirstateLayout.Damaged("its length is not what the header says");
        }

        _file = file[..(int)Bytes];
        _firstBlock = Version == 1 ? DirstateLayout.OldHeaderBytes : DirstateLayout.HeaderBytes;
        _indexOffset = (int)IndexOffsetOf(span);
        int indexEnd = _indexOffset + (Blocks * sizeof(long));
        if (BinaryPrimitives.ReadUInt32LittleEndian(span[indexEnd..]) != Checksum.Compute(span[_indexOffset..indexEnd])
            || span[(indexEnd + sizeof(uint))..(int)Bytes].ContainsAnyExcept((byte)0))
        {
            throw DirstateLayout.Damaged("the index's checksum differs");
        }

        Count = BinaryPrimitives.ReadInt64LittleEndian(span[16..]);
        Tree = new ObjectId(span.Slice(32, ObjectId.Size));
        WrittenNs = BinaryPrimitives.ReadInt64LittleEndian(span[56..]);
        if (Version > 1)
        {
            Stamp = new DirstateStamp(BinaryPrimitives.ReadUInt64LittleEndian(span[72..]), BinaryPrimitives.ReadInt64LittleEndian(span[64..]));
        }
    }

    public uint Version { get; }

    /// <summary>Where the overlay begins.</summary>
    public long Bytes { get; }

    public int Blocks { get; }

    public long Count { get; }

    public ObjectId Tree { get; }

    public long WrittenNs { get; }

    public DirstateStamp Stamp { get; }

    /// <summary>How long the base is of a file that begins with these bytes: a header at least.</summary>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public static long Measure(ReadOnlySpan<byte> header)
    {
        CheckHeader(header);
        return MeasureBytes(header);
    }

    /// <summary>The tree in a header.</summary>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public static ObjectId TreeOf(ReadOnlySpan<byte> header)
    {
        CheckHeader(header);
        return new ObjectId(header.Slice(32, ObjectId.Size));
    }

    /// <summary>A block's payload, checked.</summary>
    public ReadOnlyMemory<byte> Block(int block)
    {
        ReadOnlySpan<byte> span = _file.Span;
        long offset = BinaryPrimitives.ReadInt64LittleEndian(span[(_indexOffset + (block * sizeof(long)))..]);
        if (offset < _firstBlock || offset > _indexOffset - DirstateLayout.BlockHeaderBytes)
        {
            throw DirstateLayout.Damaged("a block lies outside");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(span[(int)offset..]);
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(span[((int)offset + 4)..]);
        int start = (int)offset + DirstateLayout.BlockHeaderBytes;
        if (length == 0 || length > _indexOffset - start || Checksum.Compute(span.Slice(start, (int)length)) != checksum)
        {
            throw DirstateLayout.Damaged("a block's checksum differs");
        }

        return _file.Slice(start, (int)length);
    }

    private static uint CheckHeader(ReadOnlySpan<byte> span)
    {
        if (span.Length < DirstateLayout.OldHeaderBytes || !span.StartsWith(DirstateLayout.Magic))
        {
            throw DirstateLayout.Damaged("it has no dirstate header");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(span[8..]);
        int checksum = version switch
        {
            1 => DirstateLayout.OldHeaderChecksumOffset,
            DirstateLayout.Version => DirstateLayout.HeaderChecksumOffset,
            _ => throw new DirstateFormatException(DirstateFault.UnknownVersion, $"The dirstate has format version {version}, this program knows versions 1 to {DirstateLayout.Version}."),
        };
        if (span.Length < checksum + (2 * sizeof(uint))
            || BinaryPrimitives.ReadUInt32LittleEndian(span[checksum..]) != Checksum.Compute(span[..checksum])
            || BinaryPrimitives.ReadUInt32LittleEndian(span[(checksum + sizeof(uint))..]) != 0)
        {
            throw DirstateLayout.Damaged("the header's checksum differs");
        }

        if (IndexOffsetOf(span) < checksum + (2 * sizeof(uint)) || IndexOffsetOf(span) > int.MaxValue || MeasureBytes(span) > int.MaxValue)
        {
            throw DirstateLayout.Damaged("its length is not what the header says");
        }

        return version;
    }

    private static long MeasureBytes(ReadOnlySpan<byte> header)
    {
        long end = IndexOffsetOf(header) + (BlocksOf(header) * sizeof(long)) + sizeof(uint);
        return BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == 1 ? end : DirstateLayout.Align(end);
    }

    private static long BlocksOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);

    private static long IndexOffsetOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
}
