using System.Buffers;

namespace Monorepo.Cli.Output.Graph;

/// <summary>A line of a graph as it is drawn. Lines of history have git's colours where colours are wanted.</summary>
internal sealed class GraphLine(bool isColored)
{
    /// <summary>As many colours as git has for them.</summary>
    public const int ColorCount = 12;

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private int _width;

    /// <summary>Draws what has no colour.</summary>
    public void Draw(ReadOnlySpan<byte> text)
    {
        _bytes.Write(text);
        _width += text.Length;
    }

    public void DrawSpaces(int count)
    {
        _bytes.GetSpan(count + 1)[..count].Fill((byte)' ');
        _bytes.Advance(count);
        _width += count;
    }

    /// <summary>Draws a piece of a line of history.</summary>
    /// <param name="color">Below <see cref="ColorCount"/>.</param>
    /// <param name="sign">One character of ASCII.</param>
    public void Draw(int color, byte sign)
    {
        if (isColored)
        {
            _bytes.Write(ColorOf(color));
            _bytes.Write([sign]);
            _bytes.Write(Ansi.Reset);
        }
        else
        {
            _bytes.Write([sign]);
        }

        _width++;
    }

    /// <summary>Writes what was drawn, filled up to a width, and begins anew.</summary>
    public void End(int width, IBufferWriter<byte> output)
    {
        DrawSpaces(Math.Max(0, width - _width));
        output.Write(_bytes.WrittenSpan);
        _bytes.ResetWrittenCount();
        _width = 0;
    }

    private static ReadOnlySpan<byte> ColorOf(int color) => color switch
    {
        0 => Ansi.Red,
        1 => Ansi.Green,
        2 => Ansi.Yellow,
        3 => Ansi.Blue,
        4 => Ansi.Magenta,
        5 => Ansi.Cyan,
        6 => Ansi.BoldRed,
        7 => Ansi.BoldGreen,
        8 => Ansi.BoldYellow,
        9 => Ansi.BoldBlue,
        10 => Ansi.BoldMagenta,
        _ => Ansi.BoldCyan,
    };
}
