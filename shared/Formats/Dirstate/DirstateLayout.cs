namespace Monorepo.Formats.Dirstate;

/// <summary>Numbers of FORMAT.md.</summary>
internal static class DirstateLayout
{
    public const uint Version = 2;
    public const int HeaderBytes = 88;
    public const int HeaderChecksumOffset = 80;
    public const int OldHeaderBytes = 72;
    public const int OldHeaderChecksumOffset = 64;
    public const int BlockHeaderBytes = 8;
    public const int EntriesPerBlockMax = 64;
    public const int VarintBytesMax = 10;
    public const byte HasStat = 1;
    public const byte IsDropped = 2;
    public const int Alignment = 8;

    public static ReadOnlySpan<byte> Magic => "mrdirst\0"u8;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    public static long Align(long offset) => (offset + Alignment - 1) & ~(Alignment - 1L);

    public static DirstateFormatException Damaged(string what) => new(DirstateFault.Damaged, $"The dirstate is damaged: {what}.");
}
