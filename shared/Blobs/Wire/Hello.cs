using System.Buffers.Binary;

namespace Monorepo.Blobs.Wire;

/// <summary>The body of a connection's first message. Layout in FORMAT.md.</summary>
public static class Hello
{
    /// <summary>The longest body.</summary>
    public const int BytesMax = 6 + BlobLimits.TokenBytesMax;

    private static ReadOnlySpan<byte> Magic => "MRBL"u8;

    public static byte[] Write(ReadOnlySpan<byte> token)
    {
        if (token.Length > BlobLimits.TokenBytesMax)
            throw new ArgumentException($"A token has at most {BlobLimits.TokenBytesMax} bytes, not {token.Length}.", nameof(token));
        byte[] body = new byte[6 + token.Length];
        Magic.CopyTo(body);
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(4), (ushort)token.Length);
        token.CopyTo(body.AsSpan(6));
        return body;
    }

    /// <param name="body">The whole body and nothing else.</param>
    /// <param name="token">A part of <paramref name="body"/>; empty unless the result is <see cref="WireError.None"/>.</param>
    public static WireError Read(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (body.Length < 6)
            return WireError.Truncated;
        if (!body[..4].SequenceEqual(Magic))
            return WireError.Unknown;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(body[4..]);
        if (length > BlobLimits.TokenBytesMax)
            return WireError.LimitExceeded;
        if (body.Length != 6 + length)
            return body.Length < 6 + length ? WireError.Truncated : WireError.TrailingBytes;
        token = body[6..];
        return WireError.None;
    }
}

/// <summary>What a server grants a connection. Layout in FORMAT.md.</summary>
/// <param name="RequestsOutstandingMax">1 to <see cref="RequestsLimit"/>.</param>
/// <param name="MessageBytesMax">1 to <see cref="BlobLimits.MessageBytesMax"/>.</param>
public readonly record struct HelloReply(int RequestsOutstandingMax, int MessageBytesMax)
{
    public const int Size = 8;

    /// <summary>More credits than this make no sense.</summary>
    public const int RequestsLimit = 65_536;

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, RequestsOutstandingMax);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], MessageBytesMax);
    }

    public static WireError Read(ReadOnlySpan<byte> body, out HelloReply reply)
    {
        reply = default;
        if (body.Length != Size)
            return body.Length < Size ? WireError.Truncated : WireError.TrailingBytes;
        int requests = BinaryPrimitives.ReadInt32LittleEndian(body);
        int messageBytes = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        if (requests is < 1 or > RequestsLimit || messageBytes is < 1 or > BlobLimits.MessageBytesMax)
            return WireError.LimitExceeded;
        reply = new HelloReply(requests, messageBytes);
        return WireError.None;
    }
}
