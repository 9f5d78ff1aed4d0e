using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>A value of <c>objects</c>: what an object is and where it lies. Layout in FORMAT.md.</summary>
/// <param name="Kind">The object's kind.</param>
/// <param name="Form">How it lies there.</param>
/// <param name="SizeBytes">Of its body.</param>
/// <param name="Cluster">The number of its cluster.</param>
/// <param name="Ordinal">Which of the cluster's members it is; 0 for one that is alone.</param>
internal readonly record struct ObjectLocator(ObjectKind Kind, ObjectForm Form, int SizeBytes, long Cluster, int Ordinal)
{
    /// <summary>The longest encoding.</summary>
    public const int BytesMax = 1 + 5 + Varint.BytesMax + 1;

    /// <summary>As <see cref="IObjectStore.GetHeadersAsync"/> tells it.</summary>
    public ObjectHeader Header => new(Kind, Form == ObjectForm.AloneZstd ? ObjectCodec.Zstd : ObjectCodec.Raw, SizeBytes);

    /// <returns>Bytes written; at most <see cref="BytesMax"/>.</returns>
    public int Write(Span<byte> destination)
    {
        destination[0] = (byte)((byte)Kind | ((byte)Form << 4));
        int count = 1;
        count += Varint.Write(destination[count..], (ulong)SizeBytes);
        count += Varint.Write(destination[count..], (ulong)Cluster);
        if (Form == ObjectForm.Member)
            destination[count++] = (byte)Ordinal;
        return count;
    }

    public static ObjectLocator Decode(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = value;
        if (rest.IsEmpty)
            throw Damaged(value);
        ObjectKind kind = (ObjectKind)(rest[0] & 0x0F);
        ObjectForm form = (ObjectForm)(rest[0] >> 4);
        rest = rest[1..];
        if (!kind.IsKnown() || form > ObjectForm.Member
            || !Varint.TryTake(ref rest, out ulong size) || size > ObjectEnvelope.SizeBytesMax
            || !Varint.TryTake(ref rest, out ulong cluster) || cluster > long.MaxValue
            || rest.Length != (form == ObjectForm.Member ? 1 : 0))
        {
            throw Damaged(value);
        }

        return new ObjectLocator(kind, form, (int)size, (long)cluster, rest.IsEmpty ? 0 : rest[0]);
    }

    private static StorageException Damaged(ReadOnlySpan<byte> value) =>
        StorageFailures.Corrupt($"an object's place is told as {Convert.ToHexStringLower(value[..Math.Min(value.Length, BytesMax)])}");
}

/// <summary>How an object lies in its cluster.</summary>
internal enum ObjectForm : byte
{
    /// <summary>The cluster is its envelope, whose codec is raw.</summary>
    AloneRaw = 0,

    /// <summary>The cluster is its envelope, whose codec is zstd.</summary>
    AloneZstd = 1,

    /// <summary>One of several in a frame.</summary>
    Member = 2,
}
