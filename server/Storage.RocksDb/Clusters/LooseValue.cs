namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>A value of <c>loose</c>: what folding needs to know of a cluster before it reads it. Layout in FORMAT.md.</summary>
/// <param name="BodiesBytes">Of all members.</param>
/// <param name="Members">How many.</param>
internal readonly record struct LooseValue(int BodiesBytes, int Members)
{
    public byte[] Encode()
    {
        Span<byte> value = stackalloc byte[Varint.BytesMax + 1];
        int bytes = Varint.Write(value, (ulong)BodiesBytes);
        value[bytes++] = checked((byte)Members);
        return value[..bytes].ToArray();
    }

    public static LooseValue Decode(ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = value;
        return Varint.TryTake(ref rest, out ulong bytes) && bytes < ClusterLimits.LooseBytesMax && rest.Length == 1 && rest[0] > 0
            ? new LooseValue((int)bytes, rest[0])
            : throw StorageFailures.Corrupt($"a loose cluster is told as {Convert.ToHexStringLower(value[..Math.Min(value.Length, Varint.BytesMax)])}");
    }
}
