namespace Monorepo.Formats.History;

/// <summary>
/// Texts of commits in blocks, each decoded when one of its texts is first asked for. Where the blocks end follows from the lengths of the texts:
/// each holds whole texts and ends with the one that brings it to <see cref="SegmentFormat.TextBlockBytes"/>. All refer to the first. Thread-safe.
/// </summary>
internal sealed class TextColumn
{
    private readonly SegmentSource _source;
    private readonly SegmentColumn _name;
    private readonly int[] _starts;
    private readonly Lock _decoding = new();
    private readonly Memory<byte> _texts;
    private readonly Block[] _blocks;
    private readonly bool[] _isDecoded;
    private volatile bool _areAllDecoded;

    /// <param name="table">The column with an entry for each block: stored bytes (number) and their CRC-32C.</param>
    /// <param name="texts">The column of the blocks.</param>
    /// <param name="starts">Where each commit's text starts once decoded, and the end of the last.</param>
    public TextColumn(SegmentSource source, SegmentColumn table, SegmentColumn texts, int[] starts)
    {
        _source = source;
        _name = texts;
        _starts = starts;
        _blocks = ReadTable(source.Read(table), starts, source.Header.Entries[(int)texts].StoredBytes);
        _isDecoded = new bool[_blocks.Length];
        _areAllDecoded = _blocks.Length == 0;
        _texts = source.Rent(starts[^1]);
    }

    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            if (!_areAllDecoded && Length(index) > 0)
            {
                Decode(BlockOf(_starts[index]));
            }

            return _texts[_starts[index].._starts[index + 1]];
        }
    }

    public int Length(int index) => _starts[index + 1] - _starts[index];

    public void DecodeAll()
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            Decode(i);
        }

        _areAllDecoded = true;
    }

    private static Block[] ReadTable(ColumnReader column, int[] starts, int storedBytes)
    {
        List<Block> blocks = [];
        int stored = 0;
        int start = 0;
        for (int i = 1; i < starts.Length; i++)
        {
            int bytes = starts[i] - start;
            if (bytes < SegmentFormat.TextBlockBytes && (i < starts.Length - 1 || bytes == 0))
            {
                continue;
            }

            int blockBytes = column.ReadNumber(Math.Min(bytes, storedBytes - stored));
            blocks.Add(new Block(start, bytes, stored, blockBytes, column.ReadCheck()));
            stored += blockBytes;
            start = starts[i];
        }

        column.ThrowIfNotAtEnd();
        return stored == storedBytes ? [.. blocks] : throw column.Corrupt($"tells of {stored} bytes where there are {storedBytes}");
    }

    private int BlockOf(int offset)
    {
        int low = 0;
        for (int high = _blocks.Length - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _blocks[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private void Decode(int number)
    {
        if (Volatile.Read(ref _isDecoded[number]))
        {
            return;
        }

        lock (_decoding)
        {
            if (!_isDecoded[number])
            {
                Block block = _blocks[number];
                ReadOnlySpan<byte> prefix = default;
                if (number > 0)
                {
                    Decode(0);
                    prefix = _texts.Span[..Math.Min(_blocks[0].Bytes, SegmentFormat.TextBlockBytes)];
                }

                ReadOnlySpan<byte> stored = _source.Stored(_name).Span.Slice(block.StoredStart, block.StoredBytes);
                SegmentSource.Decode(_name, stored, block.Check, _texts.Span.Slice(block.Start, block.Bytes), prefix);
                Volatile.Write(ref _isDecoded[number], true);
            }
        }
    }

    /// <param name="Start">Of the block in the decoded column.</param>
    /// <param name="Bytes">Decoded.</param>
    /// <param name="StoredStart">Of the block in the stored column.</param>
    /// <param name="StoredBytes">Fewer than <paramref name="Bytes"/>: a zstd frame; equal: the bytes as they are.</param>
    private readonly record struct Block(int Start, int Bytes, int StoredStart, int StoredBytes, uint Check);
}
