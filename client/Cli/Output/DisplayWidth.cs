using System.Globalization;
using System.Text;

namespace Monorepo.Cli.Output;

/// <summary>How many terminal columns text takes: none for combining marks, two for wide East Asian characters.</summary>
public static class DisplayWidth
{
    /// <summary>The columns, or -1 where the bytes are no UTF-8.</summary>
    public static int Of(ReadOnlySpan<byte> utf8)
    {
        int columns = 0;
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out Rune rune, out int used) != System.Buffers.OperationStatus.Done)
            {
                return -1;
            }

            columns += Of(rune);
            utf8 = utf8[used..];
        }

        return columns;
    }

    private static int Of(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => 0,
        _ => IsWide(rune.Value) ? 2 : 1,
    };

    private static bool IsWide(int value) => value is
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
        or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x20000 and <= 0x3FFFD);
}
