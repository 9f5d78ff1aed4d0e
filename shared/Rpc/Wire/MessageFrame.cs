using System.Buffers;
using System.Buffers.Binary;

namespace Monorepo.Rpc.Wire;

/// <summary>What <see cref="MessageFrame.TryRead"/> found at the start of a buffer.</summary>
public enum MessageFrameResult
{
    /// <summary>A whole frame.</summary>
    Frame,

    /// <summary>The start of a frame, or nothing.</summary>
    Incomplete,

    /// <summary>The prefix announces more bytes than allowed. The stream cannot be read further.</summary>
    TooLarge,

    /// <summary>The flag byte is neither 0 nor 1. The stream cannot be read further.</summary>
    BadFlag,
}

/// <summary>
/// The length-prefixed message of gRPC: one byte flag (0 plain, 1 compressed), four bytes payload length (big endian),
/// payload.
/// </summary>
public static class MessageFrame
{
    public const int PrefixBytes = 5;

    /// <summary>Writes the prefix; the caller writes exactly <paramref name="payloadBytes"/> after it.</summary>
    /// <param name="destination">At least <see cref="PrefixBytes"/> long.</param>
    public static void WritePrefix(Span<byte> destination, int payloadBytes, bool isCompressed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        destination[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..PrefixBytes], (uint)payloadBytes);
    }

    /// <summary>
    /// Takes one frame off the front of <paramref name="buffer"/>. On anything but <see cref="MessageFrameResult.Frame"/>
    /// the buffer is left as it is. The size is judged by the prefix alone, before its payload is waited for.
    /// </summary>
    /// <param name="payload">A slice of the buffer, valid as long as the buffer is.</param>
    public static MessageFrameResult TryRead(
        ref ReadOnlySequence<byte> buffer,
        int payloadBytesMax,
        out bool isCompressed,
        out ReadOnlySequence<byte> payload)
    {
        isCompressed = false;
        payload = default;
        if (buffer.Length < PrefixBytes)
            return MessageFrameResult.Incomplete;

        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        if (prefix[0] > 1)
            return MessageFrameResult.BadFlag;

        uint payloadBytes = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        if (payloadBytes > (uint)payloadBytesMax)
            return MessageFrameResult.TooLarge;
        if (buffer.Length - PrefixBytes < payloadBytes)
            return MessageFrameResult.Incomplete;

        isCompressed = prefix[0] == 1;
        payload = buffer.Slice(PrefixBytes, payloadBytes);
        buffer = buffer.Slice(payload.End);
        return MessageFrameResult.Frame;
    }
}
