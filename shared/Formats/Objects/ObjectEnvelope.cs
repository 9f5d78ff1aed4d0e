using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.Objects;

/// <summary>How an envelope holds its body.</summary>
public enum ObjectCodec : byte
{
    /// <summary>The body's bytes as they are.</summary>
    Raw = 0,

    /// <summary>One zstd frame.</summary>
    Zstd = 1,
}

/// <summary>An envelope's first bytes, checked.</summary>
/// <param name="Kind">The object's kind.</param>
/// <param name="Codec">How the payload is held.</param>
/// <param name="SizeBytes">The body's size when decoded.</param>
public readonly record struct ObjectHeader(ObjectKind Kind, ObjectCodec Codec, int SizeBytes);

/// <summary>Bytes that are no envelope, or whose content does not hash to the id they were asked under.</summary>
public sealed class CorruptObjectException(string message) : IOException(message);

/// <summary>
/// One object as it rests and travels: compressed once when it is written, then the same bytes in the store, in memcached,
/// on the wire and in the client's packs. The id is not inside: whoever asks knows it, and checks it with <see cref="Open(ReadOnlySpan{byte}, ObjectId, out ObjectKind)"/>.
/// Layout in FORMAT.md.
/// </summary>
public static class ObjectEnvelope
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 5;

    /// <summary>The largest body: 2 GiB less what .NET keeps of an array's length.</summary>
    public const int SizeBytesMax = 0x7FFF_FFC7 - HeaderBytes;

    // Below this zstd's frame overhead eats the gain; measured on git's own trees and small files.
    private const int CompressBytesMin = 64;

    /// <summary>Wraps a body as it is.</summary>
    public static byte[] Wrap(ObjectKind kind, ReadOnlySpan<byte> body) => Write(kind, ObjectCodec.Raw, body.Length, body);

    /// <summary>Wraps a body as it is, in the caller's memory.</summary>
    /// <param name="destination">At least <see cref="HeaderBytes"/> more than the body.</param>
    /// <returns>Bytes written.</returns>
    public static int Wrap(ObjectKind kind, ReadOnlySpan<byte> body, Span<byte> destination)
    {
        destination[0] = (byte)((byte)kind | ((byte)ObjectCodec.Raw << 4));
        BinaryPrimitives.WriteInt32LittleEndian(destination[1..], body.Length);
        body.CopyTo(destination[HeaderBytes..]);
        return HeaderBytes + body.Length;
    }

    /// <summary>Wraps a body; compressed where that saves an eighth or more.</summary>
    /// <param name="level">As for <see cref="ZstdCodec.Compress"/>.</param>
    public static byte[] Seal(ObjectKind kind, ReadOnlySpan<byte> body, int level = ZstdCodec.DefaultLevel)
    {
        if (body.Length >= CompressBytesMin)
        {
            byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(ZstdCodec.CompressBound(body.Length));
            try
            {
                int frameBytes = ZstdCodec.Compress(body, buffer, level);
                if (frameBytes <= body.Length - (body.Length >> 3))
                {
                    return Write(kind, ObjectCodec.Zstd, body.Length, buffer.AsSpan(0, frameBytes));
                }
            }
            finally
            {
                System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return Write(kind, ObjectCodec.Raw, body.Length, body);
    }

    /// <summary>Reads the header; needs only the first <see cref="HeaderBytes"/> bytes.</summary>
    /// <exception cref="CorruptObjectException">Too short, or a kind, codec or size that does not exist.</exception>
    public static ObjectHeader ReadHeader(ReadOnlySpan<byte> envelope)
    {
        if (envelope.Length < HeaderBytes)
        {
            throw new CorruptObjectException($"An object envelope has at least {HeaderBytes} bytes, this has {envelope.Length}.");
        }

        ObjectKind kind = (ObjectKind)(envelope[0] & 0x0F);
        ObjectCodec codec = (ObjectCodec)(envelope[0] >> 4);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(envelope[1..]);
        if (!kind.IsKnown() || codec > ObjectCodec.Zstd || size > SizeBytesMax)
        {
            throw new CorruptObjectException($"An object envelope starts with {Convert.ToHexStringLower(envelope[..HeaderBytes])}, which is no valid header.");
        }

        return new ObjectHeader(kind, codec, (int)size);
    }

    /// <summary>Reads the header of a whole envelope: its size is one that the payload can have, so that memory may be taken for it.</summary>
    /// <exception cref="CorruptObjectException">As for <see cref="ReadHeader"/>, or the payload can't decode to the size.</exception>
    public static ObjectHeader ReadWholeHeader(ReadOnlySpan<byte> envelope)
    {
        ObjectHeader header = ReadHeader(envelope);
        int payloadBytes = envelope.Length - HeaderBytes;

        // zstd expands at most about 32,000-fold (a run of one byte); a header that promises more is a lie meant to exhaust memory.
        bool isPossible = header.Codec == ObjectCodec.Raw ? payloadBytes == header.SizeBytes : header.SizeBytes <= Math.Max(1L, payloadBytes) * ExpansionMax;
        return isPossible ? header : throw new CorruptObjectException($"An object envelope announces {header.SizeBytes} bytes from {payloadBytes}.");
    }

    /// <summary>Decodes the body without checking its id: for bytes whose id is checked elsewhere.</summary>
    /// <exception cref="CorruptObjectException">Header or payload is damaged.</exception>
    public static byte[] Decode(ReadOnlySpan<byte> envelope, out ObjectKind kind)
    {
        ObjectHeader header = ReadWholeHeader(envelope);
        kind = header.Kind;
        byte[] body = GC.AllocateUninitializedArray<byte>(header.SizeBytes);
        Decode(envelope, body);
        return body;
    }

    /// <summary>Decodes the body into <paramref name="destination"/>, which has exactly the header's size.</summary>
    /// <exception cref="CorruptObjectException">Header or payload is damaged, or the size is another.</exception>
    public static void Decode(ReadOnlySpan<byte> envelope, Span<byte> destination)
    {
        ObjectHeader header = ReadHeader(envelope);
        ReadOnlySpan<byte> payload = envelope[HeaderBytes..];
        if (header.SizeBytes != destination.Length || (header.Codec == ObjectCodec.Raw && payload.Length != destination.Length))
        {
            throw new CorruptObjectException($"An object envelope announces {header.SizeBytes} bytes where {destination.Length} were expected, and holds {payload.Length}.");
        }

        if (header.Codec == ObjectCodec.Raw)
        {
            payload.CopyTo(destination);
        }
        else
        {
            DecodeFrame(payload, destination);
        }
    }

    /// <summary>Decodes the body and proves that it is the object asked for.</summary>
    /// <exception cref="CorruptObjectException">Damaged, or another object's bytes.</exception>
    public static byte[] Open(ReadOnlySpan<byte> envelope, ObjectId id, out ObjectKind kind)
    {
        byte[] body = Decode(envelope, out kind);
        Verify(kind, body, id);
        return body;
    }

    /// <summary>As <see cref="Open(ReadOnlySpan{byte}, ObjectId, out ObjectKind)"/>, into the caller's memory.</summary>
    /// <param name="envelope">The whole envelope.</param>
    /// <param name="id">The object asked for.</param>
    /// <param name="destination">Has exactly the header's size.</param>
    /// <exception cref="CorruptObjectException">Damaged, or another object's bytes.</exception>
    public static void Open(ReadOnlySpan<byte> envelope, ObjectId id, Span<byte> destination)
    {
        Decode(envelope, destination);
        Verify(ReadHeader(envelope).Kind, destination, id);
    }

    private const int ExpansionMax = 40_000;

    private static void Verify(ObjectKind kind, ReadOnlySpan<byte> body, ObjectId id)
    {
        ObjectId actual = ObjectHasher.Hash(kind, body);
        if (actual != id)
        {
            throw new CorruptObjectException($"Bytes received for object {id} hash to {actual}.");
        }
    }

    private static void DecodeFrame(ReadOnlySpan<byte> frame, Span<byte> body)
    {
        try
        {
            ZstdCodec.Decompress(frame, body);
        }
        catch (ZstdException e)
        {
            throw new CorruptObjectException($"An object envelope's payload is damaged: {e.Message}");
        }
    }

    private static byte[] Write(ObjectKind kind, ObjectCodec codec, int sizeBytes, ReadOnlySpan<byte> payload)
    {
        byte[] envelope = GC.AllocateUninitializedArray<byte>(HeaderBytes + payload.Length);
        envelope[0] = (byte)((byte)kind | ((byte)codec << 4));
        BinaryPrimitives.WriteInt32LittleEndian(envelope.AsSpan(1), sizeBytes);
        payload.CopyTo(envelope.AsSpan(HeaderBytes));
        return envelope;
    }
}
