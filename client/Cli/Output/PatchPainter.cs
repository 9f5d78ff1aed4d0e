using System.Buffers;
using System.Buffers.Text;

namespace Monorepo.Cli.Output;

/// <summary>Gives patches git's colours: the bytes of <c>git diff --color</c>.</summary>
/// <param name="target">Gets the coloured patch.</param>
public sealed class PatchPainter(OutputStream target) : IDisposable
{
    private readonly MemoryStream _plain = new();
    private OutputStream? _writer;
    private EndBlanks _blanks;

    /// <summary>The patch is written here first.</summary>
    public OutputStream Plain => _writer ??= new OutputStream(_plain);

    /// <summary>Writes what is in <see cref="Plain"/> with colours, and empties it.</summary>
    /// <param name="old">The content that the patch is from.</param>
    /// <param name="now">The content that it leads to.</param>
    public void Paint(ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
    {
        Plain.Flush();
        _blanks = EndBlanks.Find(old, now);
        ReadOnlySpan<byte> rest = _plain.GetBuffer().AsSpan(0, (int)_plain.Length);
        bool isHunk = false;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            isHunk |= line.StartsWith("@@ "u8);
            if (isHunk)
            {
                PaintLine(line);
            }
            else if (line.StartsWith("Binary files "u8))
            {
                target.Write(line);
            }
            else
            {
                // The tab that ends a name with blanks stays outside of the colour.
                ReadOnlySpan<byte> text = line.TrimEnd((byte)'\t');
                Write(Ansi.Bold, text);
                target.Write(line[text.Length..]);
            }

            target.Write("\n"u8);
        }

        _plain.SetLength(0);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _plain.Dispose();
    }

    private void PaintLine(ReadOnlySpan<byte> line)
    {
        byte sign = line.IsEmpty ? (byte)' ' : line[0];
        switch (sign)
        {
            case (byte)'@':
                _blanks.Enter(line);
                WriteHeader(target, line);
                return;
            case (byte)'\\':
                break;
            default:
                _blanks.Pass(sign);
                break;
        }

        if (sign == '+' && !_blanks.Holds(line[1..]))
        {
            Write(Ansi.Green, line[..1]);
            PaintAdded(line[1..]);
            return;
        }

        // The carriage return stays outside of the colour.
        ReadOnlySpan<byte> text = line.EndsWith("\r"u8) ? line[..^1] : line;
        Write(sign == '-' ? Ansi.Red : sign == '+' ? Ansi.RedGround : default, text);
        target.Write(line[text.Length..]);
    }

    /// <summary>Writes a hunk's first line, with colours where there are.</summary>
    public static void WriteHeader(OutputStream target, ReadOnlySpan<byte> line)
    {
        if (!target.IsColored)
        {
            target.Write(line);
            return;
        }

        int ranges = line[2..].IndexOf("@@"u8) + 4;
        Write(target, Ansi.Cyan, line[..ranges]);
        ReadOnlySpan<byte> function = line[ranges..].TrimStart(" \t"u8);
        if (!function.IsEmpty)
        {
            Write(target, default, line[ranges..^function.Length]);
            Write(target, default, function);
        }
    }

    // White space at the end, and blanks before a tab at the start, stand out.
    private void PaintAdded(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.TrimEnd(EndBlanks.Blanks);
        int painted = 0;
        for (int i = 0; i < text.Length && text[i] is (byte)' ' or (byte)'\t'; i++)
        {
            if (text[i] != '\t')
            {
                continue;
            }

            if (painted < i)
            {
                Write(Ansi.RedGround, text[painted..i]);
            }

            target.Write(text.Slice(i, 1));
            painted = i + 1;
        }

        if (painted < text.Length)
        {
            Write(Ansi.Green, text[painted..]);
        }

        if (text.Length < line.Length)
        {
            Write(Ansi.RedGround, line[text.Length..]);
        }
    }

    private void Write(ReadOnlySpan<byte> color, ReadOnlySpan<byte> text) => Write(target, color, text);

    private static void Write(OutputStream target, ReadOnlySpan<byte> color, ReadOnlySpan<byte> text)
    {
        target.Write(color);
        target.Write(text);
        target.Write(Ansi.Reset);
    }

    /// <summary>Where a patch adds empty lines to a file's end, which git marks; and how far a hunk is, by git's count.</summary>
    private struct EndBlanks
    {
        private int _oldFrom;
        private int _newFrom;
        private int _oldLine;
        private int _newLine;

        public static ReadOnlySpan<byte> Blanks => " \t\v\f\r\n"u8;

        public static EndBlanks Find(ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
        {
            int oldBlanks = CountBlanks(old);
            int newBlanks = CountBlanks(now);
            return newBlanks <= oldBlanks
                ? default
                : new EndBlanks { _oldFrom = CountLines(old) - oldBlanks + 1, _newFrom = CountLines(now) - newBlanks + 1 };
        }

        /// <summary>Begins a hunk by its header.</summary>
        public void Enter(ReadOnlySpan<byte> header)
        {
            _oldLine = NumberBehind(header, (byte)'-');
            _newLine = NumberBehind(header, (byte)'+');
        }

        public void Pass(byte sign)
        {
            _oldLine += sign == '+' ? 0 : 1;
            _newLine += sign == '-' ? 0 : 1;
        }

        /// <summary>Whether an added line is one of them.</summary>
        public readonly bool Holds(ReadOnlySpan<byte> line) =>
            _newFrom > 0 && _oldFrom > 0 && _oldFrom <= _oldLine && _newFrom <= _newLine && line.Trim(Blanks).IsEmpty;

        private static int NumberBehind(ReadOnlySpan<byte> header, byte sign) =>
            Utf8Parser.TryParse(header[(header.IndexOf(sign) + 1)..], out int number, out _) ? number : 0;

        private static int CountLines(ReadOnlySpan<byte> content) => content.Count((byte)'\n') + (content.IsEmpty || content[^1] == '\n' ? 0 : 1);

        // The first line of all is never counted.
        private static int CountBlanks(ReadOnlySpan<byte> content)
        {
            int count = 0;
            ReadOnlySpan<byte> rest = content.EndsWith("\n"u8) ? content[..^1] : content;
            while (rest.Length > 1)
            {
                int start = rest.LastIndexOf((byte)'\n') + 1;
                if (!rest[start..].Trim(Blanks).IsEmpty)
                {
                    break;
                }

                count++;
                rest = start == 0 ? default : rest[..(start - 1)];
            }

            return count;
        }
    }
}
