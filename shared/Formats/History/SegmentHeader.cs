using System.Buffers.Binary;

namespace Monorepo.Formats.History;

/// <summary>A segment's first bytes, checked: what it holds, without reading the rest of it.</summary>
public sealed class SegmentHeader
{
    /// <summary>Bytes a header has.</summary>
    public const int Bytes = ColumnsOffset + (Columns * ColumnBytes) + sizeof(uint);

    internal const int Columns = 15;

    private const int ColumnsOffset = 24;
    private const int ColumnBytes = 12;

    private readonly ColumnEntry[] _columns;

    private SegmentHeader(long firstPosition, int count, int bodyBytes, ColumnEntry[] columns)
    {
        FirstPosition = firstPosition;
        Count = count;
        BodyBytes = bodyBytes;
        _columns = columns;
        SegmentBytes = Bytes + (int)columns.Sum(static c => (long)c.StoredBytes);
    }

    /// <summary>The log position of the first commit.</summary>
    public long FirstPosition { get; }

    /// <summary>Commits in the segment, 1 to <see cref="SegmentFormat.CommitsPerSegment"/>.</summary>
    public int Count { get; }

    /// <summary>The position after the last commit.</summary>
    public long EndPosition => FirstPosition + Count;

    /// <summary>What the raw bodies have together.</summary>
    public int BodyBytes { get; }

    /// <summary>What the whole segment has, this header included.</summary>
    public int SegmentBytes { get; }

    internal ReadOnlySpan<ColumnEntry> Entries => _columns;

    internal static ReadOnlySpan<byte> Magic => "MRSEGM2\n"u8;

    /// <param name="segment">At least the first <see cref="Bytes"/> bytes.</param>
    /// <exception cref="CorruptSegmentException">Too short, no segment, of a version this program does not know, or beyond the limits.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> segment)
    {
        if (segment.Length < Bytes)
        {
            throw new CorruptSegmentException($"A segment has at least {Bytes} bytes, this has {segment.Length}.");
        }

        segment = segment[..Bytes];
        if (!segment.StartsWith(Magic))
        {
            throw new CorruptSegmentException($"A segment starts with 'MRSEGM2' and a line feed; this starts with {Convert.ToHexStringLower(segment[..Magic.Length])}.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(segment[^sizeof(uint)..]) != Checksum.Compute(segment[..^sizeof(uint)]))
        {
            throw new CorruptSegmentException("A segment's header does not match its checksum.");
        }

        ulong position = BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(segment[16..]);
        uint bodyBytes = BinaryPrimitives.ReadUInt32LittleEndian(segment[20..]);
        if (count is 0 or > SegmentFormat.CommitsPerSegment || bodyBytes > SegmentFormat.BodyBytesMax || position > (ulong)(long.MaxValue - count))
        {
            throw new CorruptSegmentException($"A segment of {count} commits and {bodyBytes} bytes at position {position} is beyond the limits.");
        }

        ColumnEntry[] columns = new ColumnEntry[Columns];
        long decoded = 0;
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = ColumnEntry.Read(segment[(ColumnsOffset + (i * ColumnBytes))..], (SegmentColumn)i);
            decoded += columns[i].DecodedBytes;
        }

        long decodedMax = DecodedBytesMax((int)count, (int)bodyBytes);
        return decoded <= decodedMax
            ? new SegmentHeader((long)position, (int)count, (int)bodyBytes, columns)
            : throw new CorruptSegmentException($"A segment of {count} commits with {bodyBytes} bytes announces columns of {decoded} bytes; {decodedMax} is the most they can have.");
    }

    internal static void Write(Span<byte> destination, long firstPosition, int count, int bodyBytes, ReadOnlySpan<ColumnEntry> columns)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], firstPosition);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], bodyBytes);
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i].Write(destination[(ColumnsOffset + (i * ColumnBytes))..]);
        }

        int checkedBytes = Bytes - sizeof(uint);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[checkedBytes..], Checksum.Compute(destination[..checkedBytes]));
    }

    /// <summary>
    /// What no writer exceeds: the bodies' own bytes, for every parent at most 10 of its line's 48 again (a raw commit has it in
    /// both), and the small columns.
    /// </summary>
    internal static long DecodedBytesMax(int count, int bodyBytes) => bodyBytes + (bodyBytes / 4L) + ((long)count * SegmentFormat.CommitColumnBytesMax);
}

/// <summary>A column's entry in the header.</summary>
/// <param name="StoredBytes">
/// What it has in the segment; less than <paramref name="DecodedBytes"/>: one zstd frame, or a text column's blocks; equal: the bytes as they are.
/// </param>
/// <param name="DecodedBytes">What it has in memory.</param>
/// <param name="Check">CRC-32C of the stored bytes; 0 for a text column.</param>
internal readonly record struct ColumnEntry(int StoredBytes, int DecodedBytes, uint Check)
{
    public bool IsCompressed => StoredBytes != DecodedBytes;

    public static ColumnEntry Read(ReadOnlySpan<byte> source, SegmentColumn column)
    {
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(source);
        uint decoded = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        uint check = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        return stored <= decoded && decoded <= SegmentFormat.SegmentBytesMax && decoded <= (ulong)stored * SegmentFormat.ExpansionMax
            && (check == 0 || !column.IsText())
            ? new ColumnEntry((int)stored, (int)decoded, check)
            : throw new CorruptSegmentException($"A segment's column {column} announces {decoded} bytes from {stored}.");
    }

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, StoredBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], DecodedBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Check);
    }
}
