namespace Monorepo.Formats.Dirstate;

/// <summary>Numbers of FORMAT.md.</summary>
internal static class DirstateLayout
{
    public const uint Version = 1;
    public const int HeaderBytes = 72;
    public const int HeaderChecksumOffset = 64;
    public const int BlockHeaderBytes = 8;
    public const int EntriesPerBlockMax = 64;
    public const int VarintBytesMax = 10;
    public const byte HasStat = 1;

    public static ReadOnlySpan<byte> Magic => "mrdirst\0"u8;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
