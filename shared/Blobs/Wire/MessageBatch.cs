namespace Monorepo.Blobs.Wire;

/// <summary>
/// The body of a Batch: messages of other types, each its header and its body, nothing between them. One message is one system call on tcp, so what is
/// ready at the same moment travels together. Layout in FORMAT.md.
/// </summary>
public ref struct MessageBatch
{
    private ReadOnlySpan<byte> _rest;
    private int _messages;

    /// <param name="body">The whole body and nothing else.</param>
    /// <param name="messages">From the batch's header.</param>
    public MessageBatch(ReadOnlySpan<byte> body, int messages)
    {
        _rest = body;
        _messages = messages;
        if (messages == 0 || body.Length > BlobLimits.BatchBytesMax)
            Error = WireError.LimitExceeded;
    }

    /// <summary>Why reading ended, once <see cref="TryRead"/> is false: <see cref="WireError.None"/> when everything was read.</summary>
    public WireError Error { get; private set; }

    /// <summary>The next message; its body is a part of the batch's.</summary>
    public bool TryRead(out MessageHeader header, out ReadOnlySpan<byte> body)
    {
        header = default;
        body = default;
        if (Error != WireError.None)
            return false;
        if (_messages == 0)
        {
            Error = _rest.IsEmpty ? WireError.None : WireError.TrailingBytes;
            return false;
        }

        _messages--;
        if (_rest.Length < MessageHeader.Size)
        {
            Error = WireError.Truncated;
            return false;
        }

        Error = MessageHeader.Read(_rest[..MessageHeader.Size], out header);
        if (Error != WireError.None)
            return false;
        _rest = _rest[MessageHeader.Size..];
        int length = BodyBytes(header, _rest);
        if (length < 0 || length > _rest.Length)
        {
            Error = length < 0 ? WireError.FieldNotAllowed : WireError.Truncated;
            return false;
        }

        body = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>Every type that may be in a batch says by itself how long its body is. -1: it may not be in one.</summary>
    private static int BodyBytes(MessageHeader header, ReadOnlySpan<byte> rest) => header.Type switch
    {
        MessageType.Get => rest.IsEmpty ? int.MaxValue : GetRequest.Size(rest[0], header.Keys),
        // Replies in pieces travel by themselves.
        MessageType.GetReply => header.ChunkOffset == 0 ? header.ReplyBytes : -1,
        MessageType.Cancel => 0,
        _ => -1,
    };
}
