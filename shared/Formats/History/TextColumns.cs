using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Where each commit's message and headers lie in their columns.</summary>
internal sealed class LengthColumn
{
    private readonly int[] _messageStarts;
    private readonly int[] _headerStarts;

    public LengthColumn(SegmentSource source, GraphColumns graph)
    {
        int count = source.Header.Count;
        int messageBytes = source.Header.Entries[(int)SegmentColumn.Messages].DecodedBytes;
        int headerBytes = source.Header.Entries[(int)SegmentColumn.Headers].DecodedBytes;
        _messageStarts = new int[count + 1];
        _headerStarts = new int[count + 1];
        ColumnReader column = source.Read(SegmentColumn.Lengths);
        for (int i = 0; i < count; i++)
        {
            CommitShape shape = graph.Shape(i);
            bool hasMessage = !shape.HasAny(CommitShape.Raw | CommitShape.HasNoMessage);
            bool hasHeaders = shape.HasAny(CommitShape.Raw | CommitShape.HasHeaders);
            _messageStarts[i + 1] = _messageStarts[i] + (hasMessage ? column.ReadNumber(messageBytes - _messageStarts[i]) : 0);
            _headerStarts[i + 1] = _headerStarts[i] + (hasHeaders ? column.ReadNumber(headerBytes - _headerStarts[i]) : 0);
        }

        column.ThrowIfNotAtEnd();
        if (_messageStarts[count] != messageBytes || _headerStarts[count] != headerBytes)
        {
            throw column.Corrupt($"leaves {messageBytes - _messageStarts[count]} bytes of messages and {headerBytes - _headerStarts[count]} of headers");
        }
    }

    public Range Message(int index) => _messageStarts[index].._messageStarts[index + 1];

    public Range Headers(int index) => _headerStarts[index].._headerStarts[index + 1];
}

/// <summary>Messages, and the ids that were taken out of them.</summary>
internal sealed class MessageColumns
{
    private readonly LengthColumn _lengths;
    private readonly ReadOnlyMemory<byte> _messages;
    private readonly ReadOnlyMemory<byte> _ids;
    private readonly int[] _idStarts;

    public MessageColumns(SegmentSource source, GraphColumns graph, LengthColumn lengths)
    {
        _lengths = lengths;
        _messages = source.Open(SegmentColumn.Messages);
        _ids = source.Open(SegmentColumn.MessageIds);
        _idStarts = new int[source.Header.Count + 1];
        for (int i = 0; i < source.Header.Count; i++)
        {
            bool hasIds = graph.Shape(i).HasAny(CommitShape.HasPackedIds);
            _idStarts[i + 1] = _idStarts[i] + (hasIds ? Stored(i).Count(SegmentFormat.PackedId) : 0);
        }

        if ((long)_idStarts[^1] * ObjectId.Size != _ids.Length)
        {
            throw new CorruptSegmentException($"A segment's messages have places for {_idStarts[^1]} ids, which are not {_ids.Length} bytes.");
        }
    }

    public bool IsPacked(int index) => _idStarts[index] != _idStarts[index + 1];

    /// <summary>The message, unless it is packed.</summary>
    public ReadOnlySpan<byte> Stored(int index) => _messages.Span[_lengths.Message(index)];

    public int Length(int index) => PackedIds.UnpackedLength(Stored(index).Length, _idStarts[index + 1] - _idStarts[index]);

    /// <param name="destination">Exactly <see cref="Length"/>.</param>
    public void CopyTo(int index, Span<byte> destination) => PackedIds.Unpack(
        Stored(index), _ids.Span[(_idStarts[index] * ObjectId.Size)..(_idStarts[index + 1] * ObjectId.Size)], destination);
}

/// <summary>Headers after the committer's line, and raw bodies.</summary>
internal sealed class HeaderColumn
{
    private readonly LengthColumn _lengths;
    private readonly ReadOnlyMemory<byte> _headers;

    public HeaderColumn(SegmentSource source, GraphColumns graph, LengthColumn lengths)
    {
        _lengths = lengths;
        _headers = source.Open(SegmentColumn.Headers);
        for (int i = 0; i < source.Header.Count; i++)
        {
            CommitShape shape = graph.Shape(i);
            if (!shape.HasAny(CommitShape.HasHeaders))
            {
                continue;
            }

            // Headers that would be read as something else: part of the committer's line, or of the message.
            ReadOnlySpan<byte> headers = this[i].Span;
            bool hasMessage = !shape.HasAny(CommitShape.HasNoMessage);
            if (headers.IsEmpty || headers[0] is (byte)' ' or (byte)'\n' || headers.IndexOf("\n\n"u8) >= 0 || (hasMessage && headers[^1] != '\n'))
            {
                throw new CorruptSegmentException($"A segment's commit {source.Header.FirstPosition + i} has headers that are none.");
            }
        }
    }

    public ReadOnlyMemory<byte> this[int index] => _headers[_lengths.Headers(index)];
}
