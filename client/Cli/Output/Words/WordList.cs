using System.Buffers;

namespace Monorepo.Cli.Output.Words;

/// <summary>The words of a text, each a line for a comparison by line.</summary>
internal sealed class WordList
{
    private readonly ArrayBufferWriter<byte> _text = new();

    // The one before the first stands at the beginning.
    private readonly List<(int Start, int End)> _places = [(0, 0)];

    public ReadOnlySpan<byte> Text => _text.WrittenSpan;

    public static WordList Split(ReadOnlySpan<byte> text)
    {
        WordList list = new();
        for (int start = 0; start < text.Length;)
        {
            if (IsBlank(text[start]))
            {
                start++;
                continue;
            }

            int end = start + 1;
            while (end < text.Length && !IsBlank(text[end]))
            {
                end++;
            }

            list._text.Write(text[start..end]);
            list._text.Write("\n"u8);
            list._places.Add((start, end));
            start = end;
        }

        return list;
    }

    /// <summary>Where some words stand in the text; of none, the place behind the word before.</summary>
    /// <param name="first">From 1; of none, the word before.</param>
    /// <param name="count">How many.</param>
    public (int Start, int End) Places(int first, int count) =>
        count == 0 ? (_places[first].End, _places[first].End) : (_places[first].Start, _places[first + count - 1].End);

    private static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';
}
