using System.Buffers;
using Monorepo.Native.Git2;

namespace Monorepo.Cli.Output.Words;

/// <summary>
/// Prints hunks with the words that changed, as <c>git diff --word-diff</c> does: the removed and added lines of each change are compared by word, a word being what
/// stands between white space. Not thread-safe.
/// </summary>
/// <param name="output">Where to, with colours where it has them.</param>
/// <param name="mode">How words are marked.</param>
/// <param name="lines">Compares by line.</param>
internal sealed class WordDiff(OutputStream output, WordDiffMode mode, PatchFormatter lines) : IDisposable
{
    private readonly PatchFormatter _words = new(new PatchOptions(ContextLines: 0, IndentHeuristic: false, ForceText: true));
    private readonly ArrayBufferWriter<byte> _hunks = new();
    private readonly ArrayBufferWriter<byte> _removed = new();
    private readonly ArrayBufferWriter<byte> _added = new();
    private readonly WordMarks _marks = WordMarks.Of(mode);

    /// <summary>Prints the hunks that turn one content into another.</summary>
    public void Write(ReadOnlySpan<byte> old, ReadOnlySpan<byte> now)
    {
        _hunks.ResetWrittenCount();
        lines.Write(old, now, _hunks);
        ReadOnlySpan<byte> rest = _hunks.WrittenSpan;
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> line = end == 0 ? rest : rest[..end];
            rest = rest[line.Length..];
            switch (line[0])
            {
                case (byte)'-':
                    _removed.Write(line[1..]);
                    break;
                case (byte)'+':
                    _added.Write(line[1..]);
                    break;
                case (byte)'\\':
                    // What comes without a line feed is a line like any other.
                    break;
                case (byte)'@':
                    Flush();
                    PatchPainter.WriteHeader(output, line.TrimEnd((byte)'\n'));
                    output.Bytes("\n"u8);
                    break;
                default:
                    Flush();
                    WriteContext(line);
                    break;
            }
        }

        Flush();
    }

    public void Dispose() => _words.Dispose();

    private void WriteContext(ReadOnlySpan<byte> line)
    {
        if (mode == WordDiffMode.Porcelain)
        {
            WriteLine(line);
            output.Bytes("~\n"u8);
            return;
        }

        WriteLine(line[1..]);
    }

    // A colour ends before what ends the line.
    private void WriteLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> text = line.EndsWith("\n"u8) ? line[..^1] : line;
        text = text.EndsWith("\r"u8) ? text[..^1] : text;
        output.Bytes(text);
        output.Bytes(output.IsColored && !text.IsEmpty ? Ansi.Reset : default);
        output.Bytes(line[text.Length..]);
    }

    private void Flush()
    {
        if (_added.WrittenCount == 0)
        {
            WriteMarked(_marks.Removed, _removed.WrittenSpan);
        }
        else
        {
            WriteWords(_removed.WrittenSpan, _added.WrittenSpan);
        }

        _removed.ResetWrittenCount();
        _added.ResetWrittenCount();
    }

    private void WriteWords(ReadOnlySpan<byte> removed, ReadOnlySpan<byte> added)
    {
        WordList old = WordList.Split(removed);
        WordList now = WordList.Split(added);
        ReadOnlySpan<byte> oldText = old.Text;
        ReadOnlySpan<byte> newText = now.Text;
        int tail = CommonTail.LengthOf(oldText, newText);
        List<LineRange> ranges = [];
        _words.FindRanges(oldText[..^tail], newText[..^tail], ranges);
        int printed = 0;
        foreach (LineRange range in ranges)
        {
            (int oldStart, int oldEnd) = old.Places(range.OldStart, range.OldLines);
            (int newStart, int newEnd) = now.Places(range.NewStart, range.NewLines);
            WriteMarked(_marks.Kept, added[printed..newStart]);
            WriteMarked(_marks.Removed, removed[oldStart..oldEnd]);
            WriteMarked(_marks.Added, added[newStart..newEnd]);
            printed = newEnd;
        }

        WriteMarked(_marks.Kept, added[printed..]);
    }

    private void WriteMarked(WordMark mark, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? text : text[..end];
            if (!piece.IsEmpty)
            {
                bool isColored = output.IsColored && !mark.Color.IsEmpty;
                output.Bytes(isColored ? mark.Color.Span : default);
                output.Bytes(mark.Before.Span);
                output.Bytes(piece);
                output.Bytes(mark.Behind.Span);
                output.Bytes(isColored ? Ansi.Reset : default);
            }

            if (end < 0)
            {
                return;
            }

            output.Bytes(_marks.LineEnd.Span);
            text = text[(end + 1)..];
        }
    }
}
