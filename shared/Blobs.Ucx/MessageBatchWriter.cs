using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;

namespace Monorepo.Blobs.Ucx;

/// <summary>Collects messages that are ready at the same moment, to be sent as one. One thread.</summary>
/// <param name="pool">Gives the memory.</param>
/// <param name="owner">What it counts for.</param>
/// <param name="bytesMax">Of a batch.</param>
internal sealed class MessageBatchWriter(BufferPool pool, MemoryOwner owner, int bytesMax)
{
    /// <summary>As many as a header can say, and far more than fit.</summary>
    private const int MessagesMax = BlobLimits.KeysPerRequestMax;

    private NativeBuffer? _buffer;

    internal int Bytes { get; private set; }

    internal int Messages { get; private set; }

    internal bool IsEmpty => Messages == 0;

    /// <summary>True when a message with such a body can ever be in a batch.</summary>
    internal bool Takes(int bodyBytes) => MessageHeader.Size + bodyBytes <= bytesMax;

    /// <summary>True when it can be in this one.</summary>
    internal bool HasRoom(int bodyBytes) => Messages < MessagesMax && Bytes + MessageHeader.Size + bodyBytes <= bytesMax;

    /// <summary>Adds a message whose body the caller writes into <paramref name="body"/> at once. Only when it has room.</summary>
    /// <returns>False: there is no memory.</returns>
    internal bool TryAdd(MessageHeader header, int bodyBytes, out Span<byte> body)
    {
        _buffer ??= pool.TryRent(bytesMax, owner);
        if (_buffer is null)
        {
            body = default;
            return false;
        }

        Span<byte> rest = _buffer.GetSpan()[Bytes..];
        header.Write(rest);
        body = rest.Slice(MessageHeader.Size, bodyBytes);
        Bytes += MessageHeader.Size + bodyBytes;
        Messages++;
        return true;
    }

    /// <summary>Hands over what was collected and begins anew.</summary>
    internal NativeBuffer Take(out MessageHeader header, out int bytes)
    {
        NativeBuffer buffer = _buffer!;
        header = new MessageHeader(MessageType.Batch, WireStatus.Ok, Messages, 0);
        bytes = Bytes;
        _buffer = null;
        Bytes = 0;
        Messages = 0;
        return buffer;
    }

    /// <summary>Throws away what was collected.</summary>
    internal void Clear()
    {
        _buffer?.Release();
        _buffer = null;
        Bytes = 0;
        Messages = 0;
    }
}
