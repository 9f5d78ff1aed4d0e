using System.Buffers.Binary;

namespace Monorepo.Blobs.Wire;

/// <summary>What a message is. The numbers are on the wire.</summary>
public enum MessageType : byte
{
    Hello = 1,
    HelloReply = 2,
    Get = 3,
    GetReply = 4,
    Cancel = 5,
    GoAway = 6,

    /// <summary>Several messages of other types in one.</summary>
    Batch = 7,
}

/// <summary>How a request ended on the server. The numbers are on the wire.</summary>
public enum WireStatus : byte
{
    Ok = 0,
    Unauthorized = 1,
    UnknownRepository = 2,
    Overloaded = 3,
    ShuttingDown = 4,
    Protocol = 5,
    SourceFailed = 6,
    Cancelled = 7,
    DeadlineExceeded = 8,
}

/// <summary>Why bytes were not believed.</summary>
public enum WireError
{
    None = 0,

    /// <summary>Fewer bytes than the fields take.</summary>
    Truncated,

    /// <summary>Bytes after the last field.</summary>
    TrailingBytes,

    /// <summary>A version other than ours.</summary>
    Version,

    /// <summary>An unknown message type, status or option, or a Hello without its magic.</summary>
    Unknown,

    /// <summary>A number past its limit.</summary>
    LimitExceeded,

    /// <summary>A field that must be zero in this type of message is not, or one that must not be is.</summary>
    FieldNotAllowed,

    /// <summary>The repository's name breaks the rules for names.</summary>
    RepositoryName,

    /// <summary>Lengths in a reply's table don't add up to the reply.</summary>
    LengthMismatch,
}

/// <summary>The 32 bytes before every message. Layout in FORMAT.md.</summary>
/// <param name="Type">Kind of message.</param>
/// <param name="Status">Zero except in replies.</param>
/// <param name="Keys">Ids asked.</param>
/// <param name="RequestId">The request this belongs to.</param>
/// <param name="ReplyBytes">Length of the whole reply stream.</param>
/// <param name="ChunkOffset">Where in the stream the body belongs.</param>
/// <param name="Options">Of a Get.</param>
/// <param name="DeadlineMs">How long the client will wait for the answer to a Get; 0: as long as the server likes.</param>
public readonly record struct MessageHeader(
    MessageType Type, WireStatus Status, int Keys, ulong RequestId, int ReplyBytes = 0, int ChunkOffset = 0,
    BlobReadOptions Options = BlobReadOptions.None, int DeadlineMs = 0)
{
    public const int Size = 32;

    private const byte Version = 2;

    public void Write(Span<byte> destination)
    {
        destination = destination[..Size];
        destination[0] = Version;
        destination[1] = (byte)Type;
        destination[2] = (byte)Status;
        destination[3] = (byte)Options;
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], Keys);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], RequestId);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], ReplyBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], Type == MessageType.Get ? DeadlineMs : ChunkOffset);
    }

    /// <param name="source">The whole header and nothing else.</param>
    /// <param name="header">Default unless the result is <see cref="WireError.None"/>.</param>
    public static WireError Read(ReadOnlySpan<byte> source, out MessageHeader header)
    {
        header = default;
        if (source.Length != Size)
            return source.Length < Size ? WireError.Truncated : WireError.TrailingBytes;
        if (source[0] != Version)
            return WireError.Version;
        MessageType type = (MessageType)source[1];
        WireStatus status = (WireStatus)source[2];
        if (type is < MessageType.Hello or > MessageType.Batch || status > WireStatus.DeadlineExceeded || source[3] > (byte)BlobReadOptions.Verify)
            return WireError.Unknown;

        uint keys = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        ulong requestId = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]);
        ulong replyBytes = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]);
        ulong last = BinaryPrimitives.ReadUInt64LittleEndian(source[24..]);
        bool isGet = type == MessageType.Get;
        if (keys > BlobLimits.KeysPerRequestMax || replyBytes > BlobLimits.ReplyBytesMax || last > (isGet ? int.MaxValue : replyBytes))
            return WireError.LimitExceeded;

        bool hasNoRequest = type is MessageType.Hello or MessageType.HelloReply or MessageType.GoAway or MessageType.Batch;
        bool isReply = type is MessageType.HelloReply or MessageType.GetReply;
        bool hasKeys = type is MessageType.Get or MessageType.GetReply or MessageType.Batch;
        bool hasStream = type == MessageType.GetReply && status == WireStatus.Ok;
        if ((source[3] != 0 && type != MessageType.Get)
            || hasNoRequest != (requestId == 0)
            || (!isReply && status != WireStatus.Ok)
            || (!hasKeys && keys != 0)
            || (!hasStream && replyBytes != 0))
        {
            return WireError.FieldNotAllowed;
        }

        header = new MessageHeader(type, status, (int)keys, requestId, (int)replyBytes, isGet ? 0 : (int)last, (BlobReadOptions)source[3], isGet ? (int)last : 0);
        return WireError.None;
    }
}
