using System.Buffers;
using Google.Protobuf;

namespace Monorepo.Rpc.Wire;

/// <summary>Writes messages as frames. An empty message goes uncompressed, which the flag of its frame says.</summary>
public static class MessageWriter
{
    /// <returns>The encoded length of the message, in bytes, before compression.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED when the message is above the limit.</exception>
    public static int CheckSize<T>(T message, int messageBytesMax)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(message);
        int messageBytes = message.CalculateSize();
        return messageBytes >= 0 && messageBytes <= messageBytesMax
            ? messageBytes
            : throw new RpcException(
                RpcStatusCode.ResourceExhausted,
                $"a message to send has {messageBytes} bytes, more than {messageBytesMax}");
    }

    /// <summary>Appends one frame to <paramref name="destination"/>; nothing is written when the message is too large.</summary>
    /// <param name="messageBytesMax">Judged before compression.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED when the message is above the limit.</exception>
    public static void Write<T>(IBufferWriter<byte> destination, T message, int messageBytesMax, RpcCompression compression)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(message);
        int messageBytes = CheckSize(message, messageBytesMax);
        if (compression == RpcCompression.Gzip && messageBytes > 0)
        {
            byte[] compressed = Compress(message, messageBytes);
            WritePrefix(destination, compressed.Length, isCompressed: true);
            destination.Write(compressed);
        }
        else
        {
            WritePrefix(destination, messageBytes, isCompressed: false);
            message.WriteTo(destination);
        }
    }

    /// <summary>One frame in an array of its own.</summary>
    /// <returns>The array, to be returned to the pool by the caller, and the frame's length in it.</returns>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED when the message is above the limit.</exception>
    public static (byte[] Rented, int FrameBytes) Rent<T>(ArrayPool<byte> pool, T message, int messageBytesMax, RpcCompression compression)
        where T : IMessage<T>
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(message);
        int messageBytes = CheckSize(message, messageBytesMax);
        if (compression == RpcCompression.Gzip && messageBytes > 0)
        {
            byte[] compressed = Compress(message, messageBytes);
            byte[] frame = pool.Rent(MessageFrame.PrefixBytes + compressed.Length);
            MessageFrame.WritePrefix(frame, compressed.Length, isCompressed: true);
            compressed.CopyTo(frame, MessageFrame.PrefixBytes);
            return (frame, MessageFrame.PrefixBytes + compressed.Length);
        }
        else
        {
            byte[] frame = pool.Rent(MessageFrame.PrefixBytes + messageBytes);
            MessageFrame.WritePrefix(frame, messageBytes, isCompressed: false);
            message.WriteTo(frame.AsSpan(MessageFrame.PrefixBytes, messageBytes));
            return (frame, MessageFrame.PrefixBytes + messageBytes);
        }
    }

    private static byte[] Compress<T>(T message, int messageBytes)
        where T : IMessage<T>
    {
        byte[] plain = ArrayPool<byte>.Shared.Rent(messageBytes);
        try
        {
            Span<byte> exact = plain.AsSpan(0, messageBytes);
            message.WriteTo(exact);
            return MessageEncoding.GzipCompress(exact);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    private static void WritePrefix(IBufferWriter<byte> destination, int payloadBytes, bool isCompressed)
    {
        MessageFrame.WritePrefix(destination.GetSpan(MessageFrame.PrefixBytes), payloadBytes, isCompressed);
        destination.Advance(MessageFrame.PrefixBytes);
    }
}
