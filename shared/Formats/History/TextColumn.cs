namespace Monorepo.Formats.History;

/// <summary>
/// Texts of commits in blocks, each decoded when one of its texts is asked for. Where blocks end follows from the lengths of the texts
/// (<see cref="Cut"/>). All refer to the first, which stays decoded. Thread-safe.
/// </summary>
internal sealed class TextColumn
{
    private readonly SegmentSource _source;
    private readonly SegmentColumn _name;
    private readonly int[] _starts;
    private readonly Lock _decoding = new();
    private readonly Block[] _blocks;

    /// <param name="table">The column with an entry for each block: stored bytes (number) and their CRC-32C.</param>
    /// <param name="texts">The column of the blocks.</param>
    /// <param name="starts">Where each commit's text starts once decoded, and the end of the last.</param>
    public TextColumn(SegmentSource source, SegmentColumn table, SegmentColumn texts, int[] starts)
    {
        _source = source;
        _name = texts;
        _starts = starts;
        _blocks = ReadTable(source.Read(table), starts, source.Header.Entries[(int)texts].StoredBytes);
    }

    /// <summary>A text. Its block stays decoded.</summary>
    public ReadOnlyMemory<byte> this[int index] => BlockOf(index) is { } block ? Decode(block).Slice(_starts[index] - block.Start, Length(index)) : default;

    /// <summary>A text whose block is decoded in memory that is used again.</summary>
    public ReadOnlySpan<byte> Read(int index, TextBuffer buffer) => BlockOf(index) is { } block
        ? (block.Decoded ?? buffer.Find(block) ?? Decode(block, buffer)).AsSpan(_starts[index] - block.Start, Length(index))
        : default;

    public int Length(int index) => _starts[index + 1] - _starts[index];

    public void DecodeAll()
    {
        foreach (Block block in _blocks)
        {
            Decode(block);
        }
    }

    /// <summary>Cuts texts in blocks: as many whole ones as have <see cref="SegmentFormat.TextBlockBytes"/> together, or one that has more.</summary>
    public static IEnumerable<Range> Cut(IReadOnlyList<int> starts)
    {
        int start = 0;
        for (int i = 1; i < starts.Count; i++)
        {
            if (starts[i] - start > SegmentFormat.TextBlockBytes && starts[i - 1] > start)
            {
                yield return start..starts[i - 1];
                start = starts[i - 1];
            }
        }

        if (starts[^1] > start)
        {
            yield return start..starts[^1];
        }
    }

    /// <summary>What blocks after the first may refer to.</summary>
    public static ReadOnlySpan<byte> PrefixOf(ReadOnlySpan<byte> firstBlock) => firstBlock[..Math.Min(firstBlock.Length, SegmentFormat.TextBlockBytes)];

    private static Block[] ReadTable(ColumnReader column, int[] starts, int storedBytes)
    {
        List<Block> blocks = [];
        int stored = 0;
        foreach (Range range in Cut(starts))
        {
            int bytes = range.End.Value - range.Start.Value;
            Block block = new(range.Start.Value, bytes, stored, column.ReadNumber(Math.Min(bytes, storedBytes - stored)), column.ReadCheck());
            blocks.Add(block);
            stored += block.StoredBytes;
        }

        column.ThrowIfNotAtEnd();
        return stored == storedBytes ? [.. blocks] : throw column.Corrupt($"tells of {stored} bytes where there are {storedBytes}");
    }

    // Null: the text is empty.
    private Block? BlockOf(int index)
    {
        int offset = _starts[index];
        if (Length(index) == 0)
        {
            return null;
        }

        int low = 0;
        for (int high = _blocks.Length - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _blocks[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return _blocks[low];
    }

    private ReadOnlyMemory<byte> Decode(Block block)
    {
        if (block.Decoded is { } decoded)
        {
            return decoded.AsMemory(0, block.Bytes);
        }

        lock (_decoding)
        {
            if (block.Decoded is null)
            {
                byte[] texts = _source.Rent(block.Bytes);
                DecodeTo(block, texts);
                block.Decoded = texts;
            }

            return block.Decoded.AsMemory(0, block.Bytes);
        }
    }

    private byte[] Decode(Block block, TextBuffer buffer)
    {
        if (block == _blocks[0])
        {
            Decode(block);
            return block.Decoded!;
        }

        byte[] texts = buffer.Make(block.Bytes);
        DecodeTo(block, texts);
        buffer.Keep(block);
        return texts;
    }

    private void DecodeTo(Block block, byte[] texts)
    {
        ReadOnlySpan<byte> prefix = block == _blocks[0] ? default : PrefixOf(Decode(_blocks[0]).Span);
        ReadOnlySpan<byte> stored = _source.Stored(_name).Span.Slice(block.StoredStart, block.StoredBytes);
        SegmentSource.Decode(_name, stored, block.Check, texts.AsSpan(0, block.Bytes), prefix);
    }

    /// <param name="start">Of the block in the decoded column.</param>
    /// <param name="bytes">Decoded.</param>
    /// <param name="storedStart">Of the block in the stored column.</param>
    /// <param name="storedBytes">Fewer than <paramref name="bytes"/>: a zstd frame; equal: the bytes as they are.</param>
    private sealed class Block(int start, int bytes, int storedStart, int storedBytes, uint check)
    {
        private volatile byte[]? _decoded;

        public int Start => start;

        public int Bytes => bytes;

        public int StoredStart => storedStart;

        public int StoredBytes => storedBytes;

        public uint Check => check;

        public byte[]? Decoded
        {
            get => _decoded;
            set => _decoded = value;
        }
    }
}
