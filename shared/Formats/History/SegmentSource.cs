using System.Buffers;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.History;

/// <summary>A segment's bytes and the columns that were decoded from it. Not thread-safe.</summary>
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
        ReadOnlyMemory<byte> stored = _segment.Slice(_starts[(int)column], entry.StoredBytes);
        if (Checksum.Compute(stored.Span) != entry.Check)
        {
            throw new CorruptSegmentException($"A segment's column {column} does not match its checksum.");
        }

        if (!entry.IsCompressed)
        {
            return stored;
        }

        byte[] decoded = ArrayPool<byte>.Shared.Rent(entry.DecodedBytes);
        _rented.Add(decoded);
        try
        {
            ZstdCodec.Decompress(stored.Span, decoded.AsSpan(0, entry.DecodedBytes));
        }
        catch (ZstdException e)
        {
            throw new CorruptSegmentException($"A segment's column {column} is damaged: {e.Message}", e);
        }

        return decoded.AsMemory(0, entry.DecodedBytes);
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
}
