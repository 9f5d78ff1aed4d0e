namespace Monorepo.Cli.Output.Words;

/// <summary>What stands around a piece of text.</summary>
/// <param name="Color">Where there are colours; empty: none.</param>
internal readonly record struct WordMark(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Behind, ReadOnlyMemory<byte> Color);

/// <summary>How a mode marks words, and how it ends lines.</summary>
internal sealed record WordMarks(WordMark Removed, WordMark Added, WordMark Kept, ReadOnlyMemory<byte> LineEnd)
{
    private static readonly byte[] s_red = [.. Ansi.Red];
    private static readonly byte[] s_green = [.. Ansi.Green];
    private static readonly byte[] s_lineFeed = [.. "\n"u8];

    public static WordMarks Of(WordDiffMode mode) => mode switch
    {
        WordDiffMode.Plain => new(Mark("[-"u8, "-]"u8, s_red), Mark("{+"u8, "+}"u8, s_green), default, s_lineFeed),
        WordDiffMode.Color => new(Mark(default, default, s_red), Mark(default, default, s_green), default, s_lineFeed),
        _ => new(Mark("-"u8, "\n"u8, s_red), Mark("+"u8, "\n"u8, s_green), Mark(" "u8, "\n"u8, []), "~\n"u8.ToArray()),
    };

    private static WordMark Mark(ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind, byte[] color) => new(before.ToArray(), behind.ToArray(), color);
}
