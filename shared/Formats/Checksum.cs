using System.Numerics;
using System.Runtime.InteropServices;

namespace Monorepo.Formats;

/// <summary>CRC-32C (Castagnoli) as iSCSI and ext4 compute it: start and end inverted; hardware where there is some.</summary>
public static class Checksum
{
    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        ReadOnlySpan<byte> rest = bytes[(words.Length * sizeof(ulong))..];
        if (rest.Length >= sizeof(uint))
        {
            crc = BitOperations.Crc32C(crc, MemoryMarshal.Read<uint>(rest));
            rest = rest[sizeof(uint)..];
        }

        foreach (byte b in rest)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
