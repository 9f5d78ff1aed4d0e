using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Where each commit's message, the ids in it, and its headers lie in their columns.</summary>
internal sealed class LengthColumn
{
    private readonly int[] _messages;
    private readonly int[] _ids;
    private readonly int[] _headers;

    public LengthColumn(SegmentSource source, ShapeColumn shapes)
    {
        int count = source.Header.Count;
        int messageBytes = source.Header.Entries[(int)SegmentColumn.Messages].DecodedBytes;
        int idBytes = source.Header.Entries[(int)SegmentColumn.MessageIds].DecodedBytes;
        int headerBytes = source.Header.Entries[(int)SegmentColumn.Headers].DecodedBytes;
        _messages = new int[count + 1];
        _ids = new int[count + 1];
        _headers = new int[count + 1];
        ColumnReader column = source.Read(SegmentColumn.Lengths);
        for (int i = 0; i < count; i++)
        {
            CommitShape shape = shapes[i];
            bool hasMessage = !shape.HasAny(CommitShape.Raw | CommitShape.HasNoMessage);
            bool hasIds = shape.HasAny(CommitShape.HasPackedIds);
            bool hasHeaders = shape.HasAny(CommitShape.Raw | CommitShape.HasHeaders);
            _messages[i + 1] = _messages[i] + (hasMessage ? column.ReadNumber(messageBytes - _messages[i]) : 0);
            _ids[i + 1] = _ids[i] + (hasIds ? column.ReadNumber((idBytes / ObjectId.Size) - _ids[i]) : 0);
            if (hasIds && _ids[i + 1] == _ids[i])
            {
                throw column.Corrupt("counts no ids where there are some");
            }

            _headers[i + 1] = _headers[i] + (hasHeaders ? column.ReadNumber(headerBytes - _headers[i]) : 0);
        }

        column.ThrowIfNotAtEnd();
        if (_messages[count] != messageBytes || (long)_ids[count] * ObjectId.Size != idBytes || _headers[count] != headerBytes)
        {
            throw column.Corrupt(
                $"leaves {messageBytes - _messages[count]} bytes of messages, {idBytes - ((long)_ids[count] * ObjectId.Size)} of ids and {headerBytes - _headers[count]} of headers");
        }
    }

    /// <summary>Where the messages start, and the end of the last.</summary>
    public int[] MessageStarts => _messages;

    /// <inheritdoc cref="MessageStarts"/>
    public int[] HeaderStarts => _headers;

    /// <summary>In ids, not bytes.</summary>
    public Range Ids(int index) => _ids[index].._ids[index + 1];

    public int IdCount(int index) => _ids[index + 1] - _ids[index];
}

/// <summary>Messages, and the ids that were taken out of them.</summary>
internal sealed class MessageColumns
{
    private readonly LengthColumn _lengths;
    private readonly TextColumn _messages;
    private readonly ReadOnlyMemory<byte> _ids;

    public MessageColumns(SegmentSource source, LengthColumn lengths)
    {
        _lengths = lengths;
        _messages = new TextColumn(source, SegmentColumn.MessageBlocks, SegmentColumn.Messages, lengths.MessageStarts);
        _ids = source.Open(SegmentColumn.MessageIds);
    }

    public bool IsPacked(int index) => _lengths.IdCount(index) > 0;

    /// <summary>The message, unless it is packed. Its block stays decoded.</summary>
    public ReadOnlySpan<byte> Stored(int index) => _messages[index].Span;

    public int Length(int index) => PackedIds.UnpackedLength(_messages.Length(index), _lengths.IdCount(index));

    /// <summary>The message, valid until the buffer's next use.</summary>
    public ReadOnlySpan<byte> Read(int index, int length, TextBuffer buffer)
    {
        ReadOnlySpan<byte> stored = _messages.Read(index, buffer);
        if (!IsPacked(index))
        {
            return stored;
        }

        buffer.Unpacked.ResetWrittenCount();
        Unpack(index, stored, buffer.Unpacked.GetSpan(length)[..length]);
        buffer.Unpacked.Advance(length);
        return buffer.Unpacked.WrittenSpan;
    }

    /// <param name="destination">Exactly <see cref="Length"/>.</param>
    public void CopyTo(int index, Span<byte> destination) => Unpack(index, Stored(index), destination);

    public void DecodeAll() => _messages.DecodeAll();

    private void Unpack(int index, ReadOnlySpan<byte> stored, Span<byte> destination)
    {
        Range ids = _lengths.Ids(index);
        if (stored.Count(SegmentFormat.PackedId) != _lengths.IdCount(index))
        {
            throw new CorruptSegmentException($"A segment's message {index} does not have a place for each of its {_lengths.IdCount(index)} ids.");
        }

        PackedIds.Unpack(stored, _ids.Span[(ids.Start.Value * ObjectId.Size)..(ids.End.Value * ObjectId.Size)], destination);
    }
}

/// <summary>Headers after the committer's line, and raw bodies.</summary>
internal sealed class HeaderColumn(SegmentSource source, ShapeColumn shapes, LengthColumn lengths)
{
    private readonly TextColumn _headers = new(source, SegmentColumn.HeaderBlocks, SegmentColumn.Headers, lengths.HeaderStarts);

    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            ReadOnlyMemory<byte> headers = _headers[index];
            CommitShape shape = shapes[index];
            return shape.HasAny(CommitShape.HasHeaders) && !AreHeaders(headers.Span, hasMessage: !shape.HasAny(CommitShape.HasNoMessage))
                ? throw new CorruptSegmentException($"A segment's commit {index} has headers that are none.")
                : headers;
        }
    }

    public void DecodeAll() => _headers.DecodeAll();

    /// <summary>Not so: what would be read as something else, part of the committer's line or of the message.</summary>
    private static bool AreHeaders(ReadOnlySpan<byte> headers, bool hasMessage) =>
        !headers.IsEmpty && headers[0] is not ((byte)' ' or (byte)'\n') && headers.IndexOf("\n\n"u8) < 0 && (!hasMessage || headers[^1] == '\n');
}
