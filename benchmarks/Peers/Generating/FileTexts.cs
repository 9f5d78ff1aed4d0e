using System.Buffers;
using System.Text;

namespace Monorepo.Peers.Generating;

/// <summary>
/// The text of every file, which changes by lines. A line is a number that stands for one text; a file that nobody changed is computed, one that was changed is
/// kept as its numbers. Memory: four bytes a line of the changed files. Not thread-safe.
/// </summary>
internal sealed class FileTexts
{
    private const int DistinctLines = 1 << 15;
    private const int BytesMin = 200;
    private const double BytesSpread = 250;
    private const int LineBytesMean = 40;

    // Every fourth line has a number of its own, as real lines have names of their own.
    private const int OwnNumberEvery = 4;

    private readonly byte[][] _lines = MakeLines();
    private readonly Dictionary<int, List<uint>> _changed = [];
    private readonly ArrayBufferWriter<byte> _text = new();
    private readonly uint _salt;

    public FileTexts(int seed) => _salt = (uint)SeededRandom.Mix((ulong)seed + 1);

    /// <summary>Replaces, adds or removes some lines near each other.</summary>
    public void Change(int file, SeededRandom random)
    {
        if (!_changed.TryGetValue(file, out List<uint>? lines))
        {
            lines = [.. Original(file)];
            _changed.Add(file, lines);
        }

        int edits = 1 + random.NextSkewed(6);
        int at = random.Next(lines.Count);
        for (int edit = 0; edit < edits; edit++)
        {
            int line = Math.Min(at + edit, lines.Count - 1);
            switch (random.Next(6))
            {
                case 0:
                    lines.Insert(line, (uint)random.Next());
                    break;
                case 1 when lines.Count > 5:
                    lines.RemoveAt(line);
                    break;
                default:
                    lines[line] = (uint)random.Next();
                    break;
            }
        }
    }

    /// <returns>Valid until the next call.</returns>
    public ReadOnlySpan<byte> Read(int file)
    {
        _text.ResetWrittenCount();
        if (_changed.TryGetValue(file, out List<uint>? lines))
        {
            foreach (uint line in lines)
            {
                Append(line);
            }
        }
        else
        {
            foreach (uint line in Original(file))
            {
                Append(line);
            }
        }

        return _text.WrittenSpan;
    }

    // From 200 bytes to 50 KB on a logarithmic scale, small ones more often: half of them below 800 bytes, the mean at 5.5 KB.
    private IEnumerable<uint> Original(int file)
    {
        ulong hash = SeededRandom.Mix(((ulong)_salt << 32) | (uint)file);
        double place = (hash >> 11) * (1.0 / (1UL << 53));
        int lines = file == 0 ? 120 : (int)(BytesMin * Math.Pow(BytesSpread, place * place) / LineBytesMean);
        for (int line = 0; line < lines; line++)
        {
            yield return (uint)SeededRandom.Mix(hash + (ulong)line);
        }
    }

    private void Append(uint line)
    {
        byte[] text = _lines[line % DistinctLines];
        Span<byte> target = _text.GetSpan(text.Length + 16);
        text.CopyTo(target);
        int length = text.Length;
        if (line / DistinctLines % OwnNumberEvery == 0)
        {
            " // "u8.CopyTo(target[length..]);
            (line / DistinctLines).TryFormat(target[(length + 4)..], out int digits, "x", provider: null);
            length += 4 + digits;
        }

        target[length++] = (byte)'\n';
        _text.Advance(length);
    }

    private static byte[][] MakeLines()
    {
        SeededRandom random = new(7);
        StringBuilder text = new();
        byte[][] lines = new byte[DistinctLines][];
        for (int i = 0; i < lines.Length; i++)
        {
            text.Clear();
            text.Append(' ', 4 * random.Next(4));
            string noun = Words.Of(random.Next(Words.Count));
            string verb = Words.Capital(random.Next(Words.Count));
            string other = Words.Of(random.Next(Words.Count));
            _ = random.Next(8) switch
            {
                0 => text.Clear(),
                1 => text.Append("// ").Append(noun).Append(' ').Append(other).Append(" must hold"),
                2 => text.Append("if (").Append(noun).Append(".Is").Append(verb).Append(')'),
                3 => text.Append("return ").Append(noun).Append('.').Append(verb).Append('(').Append(other).Append(");"),
                4 => text.Append("var ").Append(noun).Append(" = new ").Append(verb).Append("();"),
                5 => text.Append("private readonly ").Append(verb).Append(" _").Append(other).Append(';'),
                6 => text.Append(noun).Append('.').Append(verb).Append("(\"").Append(other).Append("\");"),
                _ => text.Append("public ").Append(verb).Append(' ').Append(verb).Append(other).Append(" { get; init; }"),
            };
            lines[i] = Encoding.UTF8.GetBytes(text.ToString());
        }

        return lines;
    }
}
