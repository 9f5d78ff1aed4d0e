using System.Buffers.Binary;

namespace Monorepo.Formats.History;

/// <summary>Reads a column's numbers; whatever is not as <see cref="ColumnWriter"/> writes it is corrupt.</summary>
internal ref struct ColumnReader(ReadOnlySpan<byte> column, SegmentColumn name)
{
    private const int NumberBytesMax = 10;

    private readonly ReadOnlySpan<byte> _column = column;
    private readonly SegmentColumn _name = name;
    private int _offset;

    public readonly bool IsAtEnd => _offset == _column.Length;

    public ulong ReadNumber()
    {
        // Nearly all numbers have one byte.
        if (_offset < _column.Length && _column[_offset] < 0x80)
        {
            return _column[_offset++];
        }

        ulong value = 0;
        for (int i = 0; i < NumberBytesMax && _offset < _column.Length; i++)
        {
            byte b = _column[_offset++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b < 0x80)
            {
                // The tenth byte holds the 64th bit; a last byte of zero is not the shortest form.
                return b != 0 && (i < NumberBytesMax - 1 || b == 1) ? value : throw Corrupt($"holds a number that is not in its shortest form before byte {_offset}");
            }
        }

        throw Corrupt("ends within a number");
    }

    /// <summary>A number of at most <paramref name="max"/>; there is none where that is negative.</summary>
    public int ReadNumber(int max)
    {
        ulong value = ReadNumber();
        return max >= 0 && value <= (ulong)max ? (int)value : throw Corrupt($"holds {value} where {max} is the most");
    }

    public long ReadDifference(long reference)
    {
        ulong value = ReadNumber();
        return unchecked(reference + ((long)(value >> 1) ^ -(long)(value & 1)));
    }

    public ReadOnlySpan<byte> ReadBytes(int bytes)
    {
        if (bytes > _column.Length - _offset)
        {
            throw Corrupt("ends within a value");
        }

        _offset += bytes;
        return _column.Slice(_offset - bytes, bytes);
    }

    /// <summary>A CRC-32C, four bytes.</summary>
    public uint ReadCheck() => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(sizeof(uint)));

    /// <summary>Where the next byte is read.</summary>
    public readonly int Offset => _offset;

    public readonly void ThrowIfNotAtEnd()
    {
        if (!IsAtEnd)
        {
            throw Corrupt($"has {_column.Length - _offset} bytes too many");
        }
    }

    public readonly CorruptSegmentException Corrupt(string what) => new($"A segment's column {_name} {what}.");
}
