using System.Buffers;
using Google.Protobuf;
using Monorepo.Formats.Protos;
using Monorepo.Native.Zstd;

namespace Monorepo.Formats.History;

/// <summary>A commit run that breaks the layout or the limits of FORMAT.md.</summary>
public sealed class CorruptCommitRunException(string message) : IOException(message);

/// <summary>Packs consecutive commits of the log in one message and back. Layout in FORMAT.md. Thread-safe.</summary>
public static class CommitRunCodec
{
    /// <summary>Commits one run may hold.</summary>
    public const int CommitsMax = 65_536;

    /// <summary>Bytes a run may decode to, unless it is one commit that is larger by itself.</summary>
    public const int DecodedBytesMax = 64 * 1024 * 1024;

    // What zstd reaches at most is about 32,000-fold, a run of one byte.
    private const int ExpansionMax = 40_000;

    /// <summary>What a body takes in a run before compression.</summary>
    public static long EncodedBytes(int bodyBytes) => LengthBytes((uint)bodyBytes) + (long)bodyBytes;

    /// <param name="position">Of the first commit.</param>
    /// <param name="bodies">Raw bodies in log order; at least one, within the limits.</param>
    /// <exception cref="ArgumentException">No commit, too many, or more than <see cref="DecodedBytesMax"/> in a run of several.</exception>
    public static CommitRun Pack(long position, IReadOnlyList<ReadOnlyMemory<byte>> bodies)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (bodies.Count is 0 or > CommitsMax)
        {
            throw new ArgumentException($"A run holds 1 to {CommitsMax} commits, not {bodies.Count}.", nameof(bodies));
        }

        long size = 0;
        foreach (ReadOnlyMemory<byte> body in bodies)
        {
            size += EncodedBytes(body.Length);
        }

        if (size > SizeMax(bodies.Count))
        {
            throw new ArgumentException($"A run of {bodies.Count} commits may hold {SizeMax(bodies.Count)} bytes, not {size}.", nameof(bodies));
        }

        byte[] raw = ArrayPool<byte>.Shared.Rent((int)size);
        byte[] frame = ArrayPool<byte>.Shared.Rent(ZstdCodec.CompressBound((int)size));
        try
        {
            int offset = 0;
            foreach (ReadOnlyMemory<byte> body in bodies)
            {
                offset += WriteLength((uint)body.Length, raw.AsSpan(offset));
                body.Span.CopyTo(raw.AsSpan(offset));
                offset += body.Length;
            }

            int frameBytes = ZstdCodec.Compress(raw.AsSpan(0, offset), frame, ZstdCodec.DefaultLevel);
            return new CommitRun
            {
                Position = (ulong)position,
                Count = (uint)bodies.Count,
                Bodies = ByteString.CopyFrom(frame.AsSpan(0, frameBytes)),
                BodiesSize = (uint)offset,
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    /// <summary>The raw bodies in log order. They share one array, which lives as long as any of them; ids are the caller's to compute.</summary>
    /// <exception cref="CorruptCommitRunException">The run breaks the layout or a limit.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Unpack(CommitRun run)
    {
        if (run.Count is 0 or > CommitsMax || run.Position > (ulong)(long.MaxValue - run.Count))
        {
            throw new CorruptCommitRunException($"A run of {run.Count} commits at position {run.Position} breaks the limits.");
        }

        if (run.BodiesSize > SizeMax((int)run.Count) || run.BodiesSize > (long)run.Bodies.Length * ExpansionMax)
        {
            throw new CorruptCommitRunException($"A run of {run.Count} commits announces {run.BodiesSize} bytes from {run.Bodies.Length}, which breaks the limits.");
        }

        byte[] raw = GC.AllocateUninitializedArray<byte>((int)run.BodiesSize);
        try
        {
            ZstdCodec.Decompress(run.Bodies.Span, raw);
        }
        catch (ZstdException e)
        {
            throw new CorruptCommitRunException($"A run's frame is damaged: {e.Message}");
        }

        ReadOnlyMemory<byte>[] bodies = new ReadOnlyMemory<byte>[run.Count];
        int offset = 0;
        for (int i = 0; i < bodies.Length; i++)
        {
            int length = ReadLength(raw, ref offset);
            bodies[i] = raw.AsMemory(offset, length);
            offset += length;
        }

        return offset == raw.Length
            ? bodies
            : throw new CorruptCommitRunException($"A run of {run.Count} commits ends at byte {offset} of {raw.Length}.");
    }

    private static long SizeMax(int commits) => commits == 1 ? Array.MaxLength : DecodedBytesMax;

    private static int LengthBytes(uint value)
    {
        int bytes = 1;
        while ((value >>= 7) != 0)
        {
            bytes++;
        }

        return bytes;
    }

    private static int WriteLength(uint value, Span<byte> destination)
    {
        int at = 0;
        while (value >= 0x80)
        {
            destination[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[at++] = (byte)value;
        return at;
    }

    private static int ReadLength(ReadOnlySpan<byte> raw, ref int offset)
    {
        const int LengthBytesMax = 5;
        int start = offset;
        ulong value = 0;
        for (int i = 0; i < LengthBytesMax && offset < raw.Length; i++)
        {
            byte b = raw[offset++];
            value |= (ulong)(b & 0x7F) << (7 * i);
            if (b >= 0x80)
            {
                continue;
            }

            if ((i > 0 && b == 0) || value > (ulong)(raw.Length - offset))
            {
                break;
            }

            return (int)value;
        }

        throw new CorruptCommitRunException($"The size at byte {start} of a run is not in its shortest form or runs past the end.");
    }
}
