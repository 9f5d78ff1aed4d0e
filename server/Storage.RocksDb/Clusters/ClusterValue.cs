using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.Zstd;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>One body in a cluster.</summary>
/// <param name="Kind">The object's kind.</param>
/// <param name="OffsetBytes">Where its body starts in the decoded frame.</param>
/// <param name="SizeBytes">The body's length.</param>
internal readonly record struct ClusterMember(ObjectKind Kind, int OffsetBytes, int SizeBytes)
{
    public int EndBytes => OffsetBytes + SizeBytes;
}

/// <summary>A value of <c>clusters</c>: one envelope, or several bodies in one frame. Layout in FORMAT.md.</summary>
internal static class ClusterValue
{
    /// <summary>The first byte of a cluster that is one envelope; the envelope follows.</summary>
    public const byte Alone = 0;

    /// <summary>The first byte of a cluster of several.</summary>
    public const byte Several = 1;

    private const int CountOffset = 1;
    private const int TableOffset = 2;
    private const int KindBits = 2;

    /// <summary>Compresses bodies that stand one after the other in the order of <paramref name="members"/>.</summary>
    public static byte[] Encode(IReadOnlyList<ClusterMember> members, ReadOnlySpan<byte> bodies)
    {
        byte[] buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(
            TableOffset + (members.Count * Varint.BytesMax) + ZstdCodec.CompressBound(bodies.Length));
        try
        {
            buffer[0] = Several;
            buffer[CountOffset] = checked((byte)members.Count);
            int bytes = TableOffset;
            foreach (ClusterMember member in members)
                bytes += Varint.Write(buffer.AsSpan(bytes), ((ulong)member.SizeBytes << KindBits) | ((uint)member.Kind - 1));
            bytes += ZstdCodec.Compress(bodies, buffer.AsSpan(bytes), ZstdCodec.DefaultLevel);
            return buffer.AsSpan(0, bytes).ToArray();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The envelope of a cluster that is one.</summary>
    /// <exception cref="StorageException">Corrupt: it is none, or its header is damaged.</exception>
    public static ReadOnlySpan<byte> ReadAlone(ReadOnlySpan<byte> value)
    {
        if (value.Length < 1 + ObjectEnvelope.HeaderBytes || value[0] != Alone)
            throw StorageFailures.Corrupt($"a cluster of {value.Length} bytes is not one envelope");
        return value[1..];
    }

    /// <summary>The members of a cluster of several, and the frame that holds them.</summary>
    /// <exception cref="StorageException">Corrupt.</exception>
    public static ClusterMember[] ReadTable(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> frame)
    {
        if (value.Length < TableOffset || value[0] != Several || value[CountOffset] == 0)
            throw StorageFailures.Corrupt($"a cluster of {value.Length} bytes does not hold several objects");
        ReadOnlySpan<byte> rest = value[TableOffset..];
        ClusterMember[] members = new ClusterMember[value[CountOffset]];
        int offset = 0;
        for (int i = 0; i < members.Length; i++)
        {
            if (!Varint.TryTake(ref rest, out ulong entry) || entry >> KindBits > (ulong)(ClusterLimits.LargeBodiesBytesMax - offset))
                throw StorageFailures.Corrupt($"the table of a cluster of {members.Length} objects is damaged");
            members[i] = new ClusterMember((ObjectKind)((int)(entry & 3) + 1), offset, (int)(entry >> KindBits));
            offset += members[i].SizeBytes;
        }

        frame = rest;
        return members;
    }

    /// <summary>Decodes the bodies up to the end of <paramref name="destination"/>.</summary>
    /// <param name="members">All, as <see cref="ReadTable"/> gave them.</param>
    /// <param name="frame">As <see cref="ReadTable"/> gave it.</param>
    /// <param name="destination">As long as the bodies wanted: up to the end of a member.</param>
    /// <exception cref="StorageException">Corrupt.</exception>
    public static void DecodeBodies(ClusterMember[] members, ReadOnlySpan<byte> frame, Span<byte> destination)
    {
        try
        {
            if (destination.Length == members[^1].EndBytes)
                ZstdCodec.Decompress(frame, destination);
            else
                ZstdCodec.DecompressStart(frame, destination);
        }
        catch (ZstdException e)
        {
            throw StorageFailures.Corrupt($"a cluster of {members.Length} objects can't be decoded: {e.Message}");
        }
    }
}
