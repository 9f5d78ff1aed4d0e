using System.Numerics;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>Unsigned numbers in seven bits a byte, the lowest first; the shortest form only.</summary>
internal static class Varint
{
    public const int BytesMax = 10;

    public static int CountBytes(ulong value) => Math.Max(1, (BitOperations.Log2(value | 1) + 7) / 7);

    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> destination, ulong value)
    {
        int count = 0;
        for (; value >= 0x80; value >>= 7)
            destination[count++] = (byte)(value | 0x80);
        destination[count++] = (byte)value;
        return count;
    }

    /// <summary>Takes a number off the front of <paramref name="rest"/>.</summary>
    /// <returns>False where it is cut short, too large, or not in its shortest form.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> rest, out ulong value)
    {
        value = 0;
        for (int i = 0; i < rest.Length && i < BytesMax; i++)
        {
            byte next = rest[i];
            if (i == BytesMax - 1 && next > 1)
                return false;
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next >= 0x80)
                continue;
            rest = rest[(i + 1)..];
            return next != 0 || i == 0;
        }

        return false;
    }
}
