using System.Buffers;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.History;

/// <summary>A segment's bytes and the columns that were decoded from it. Thread-safe, but for <see cref="Return"/>.</summary>
internal sealed class SegmentSource
{
    private readonly ReadOnlyMemory<byte> _segment;
    private readonly List<byte[]> _rented = [];
    private readonly int[] _starts = new int[SegmentHeader.Columns];

    public SegmentSource(ReadOnlyMemory<byte> segment)
    {
        Header = SegmentHeader.Read(segment.Span);
        if (segment.Length != Header.SegmentBytes)
        {
            throw new CorruptSegmentException($"A segment of {Header.SegmentBytes} bytes has {segment.Length}.");
        }

        _segment = segment;
        int at = SegmentHeader.Bytes;
        for (int i = 0; i < _starts.Length; i++)
        {
            _starts[i] = at;
            at += Header.Entries[i].StoredBytes;
        }
    }

    public SegmentHeader Header { get; }

    public ColumnReader Read(SegmentColumn column) => new(Open(column).Span, column);

    /// <summary>The column's bytes, valid until <see cref="Return"/>.</summary>
    public ReadOnlyMemory<byte> Open(SegmentColumn column)
    {
        ColumnEntry entry = Header.Entries[(int)column];
        ReadOnlyMemory<byte> stored = Stored(column);
        if (!entry.IsCompressed)
        {
            Check(column, stored.Span, entry.Check);
            return stored;
        }

        Memory<byte> decoded = Rent(entry.DecodedBytes).AsMemory(0, entry.DecodedBytes);
        Decode(column, stored.Span, entry.Check, decoded.Span);
        return decoded;
    }

    /// <summary>The column's bytes as they stand in the segment, not checked.</summary>
    public ReadOnlyMemory<byte> Stored(SegmentColumn column) => _segment.Slice(_starts[(int)column], Header.Entries[(int)column].StoredBytes);

    /// <summary>At least so many bytes, until <see cref="Return"/>, with whatever is in them.</summary>
    public byte[] Rent(int bytes)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(bytes);
        lock (_rented)
        {
            _rented.Add(rented);
        }

        return rented;
    }

    /// <param name="stored">A zstd frame that holds exactly <paramref name="decoded"/>, or its bytes as they are where both have one length.</param>
    /// <param name="prefix">What the frame may refer to.</param>
    public static void Decode(SegmentColumn column, ReadOnlySpan<byte> stored, uint check, Span<byte> decoded, ReadOnlySpan<byte> prefix = default)
    {
        Check(column, stored, check);
        if (stored.Length == decoded.Length)
        {
            stored.CopyTo(decoded);
            return;
        }

        try
        {
            ZstdCodec.DecompressAfter(prefix, stored, decoded);
        }
        catch (ZstdException e)
        {
            throw new CorruptSegmentException($"A segment's column {column} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Gives the memory of decoded columns back; nothing that <see cref="Open"/> gave may be used any more.</summary>
    public void Return()
    {
        foreach (byte[] decoded in _rented)
        {
            ArrayPool<byte>.Shared.Return(decoded);
        }

        _rented.Clear();
    }

    private static void Check(SegmentColumn column, ReadOnlySpan<byte> stored, uint check)
    {
        if (Checksum.Compute(stored) != check)
        {
            throw new CorruptSegmentException($"A segment's column {column} does not match its checksum.");
        }
    }
}
