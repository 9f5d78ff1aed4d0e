namespace Monorepo.Cli.Output;

/// <summary>What switches a terminal's colours, in git's bytes.</summary>
public static class Ansi
{
    public static ReadOnlySpan<byte> Reset => "\x1b[m"u8;

    public static ReadOnlySpan<byte> Bold => "\x1b[1m"u8;

    public static ReadOnlySpan<byte> Red => "\x1b[31m"u8;

    public static ReadOnlySpan<byte> Green => "\x1b[32m"u8;

    public static ReadOnlySpan<byte> Yellow => "\x1b[33m"u8;

    public static ReadOnlySpan<byte> Blue => "\x1b[34m"u8;

    public static ReadOnlySpan<byte> Magenta => "\x1b[35m"u8;

    public static ReadOnlySpan<byte> Cyan => "\x1b[36m"u8;

    public static ReadOnlySpan<byte> BoldRed => "\x1b[1;31m"u8;

    public static ReadOnlySpan<byte> BoldGreen => "\x1b[1;32m"u8;

    public static ReadOnlySpan<byte> BoldYellow => "\x1b[1;33m"u8;

    public static ReadOnlySpan<byte> BoldBlue => "\x1b[1;34m"u8;

    public static ReadOnlySpan<byte> BoldMagenta => "\x1b[1;35m"u8;

    public static ReadOnlySpan<byte> BoldCyan => "\x1b[1;36m"u8;

    /// <summary>Behind white space that should not be there.</summary>
    public static ReadOnlySpan<byte> RedGround => "\x1b[41m"u8;
}
