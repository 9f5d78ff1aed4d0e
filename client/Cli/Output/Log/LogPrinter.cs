using System.Buffers;
using Monorepo.Cli.Output.Graph;

namespace Monorepo.Cli.Output.Log;

/// <summary>Writes commits one after the other, separated or ended as git does, with or without a graph beside them.</summary>
/// <param name="output">Where to.</param>
/// <param name="format">How a commit is written.</param>
/// <param name="graph">Null: none. The caller tells it of each commit before the commit is printed.</param>
public sealed class LogPrinter(OutputStream output, ILogFormat format, GraphRenderer? graph = null)
{
    private readonly ArrayBufferWriter<byte> _text = new();
    private bool _hasPrinted;
    private bool _endedWithLine = true;

    public void Print(in LogEntry entry)
    {
        if (graph is not null)
        {
            PrintBeside(entry, graph);
            return;
        }

        if (_hasPrinted && !format.EndsEntries)
        {
            output.Write("\n"u8);
        }

        _hasPrinted = true;
        format.WriteHead(entry, output);
        format.WriteText(entry, output);
        if (format.EndsEntries && !format.IsEmpty)
        {
            output.Write("\n"u8);
        }
    }

    // Git's order of things: the separator has the graph's lines in front unless the text before it ended without a line feed.
    private void PrintBeside(in LogEntry entry, GraphRenderer lines)
    {
        if (_hasPrinted && !format.EndsEntries)
        {
            if (_endedWithLine)
            {
                lines.WritePadding(output);
            }

            output.Write("\n"u8);
        }

        _hasPrinted = true;
        lines.WriteUpToCommit(output);
        _text.ResetWrittenCount();
        format.WriteHead(entry, _text);
        output.Write(_text.WrittenSpan);
        if (_text.WrittenSpan.EndsWith("\n"u8))
        {
            lines.WriteLine(output);
        }

        _text.ResetWrittenCount();
        format.WriteText(entry, _text);
        _endedWithLine = _text.WrittenSpan.EndsWith("\n"u8);
        PrintText(_text.WrittenSpan, lines);
        if (format.EndsEntries && !format.IsEmpty)
        {
            if (_endedWithLine)
            {
                lines.WritePadding(output);
            }

            output.Write("\n"u8);
        }
    }

    private void PrintText(ReadOnlySpan<byte> text, GraphRenderer lines)
    {
        ReadOnlySpan<byte> rest = text;
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOf((byte)'\n') + 1;
            output.Write(length == 0 ? rest : rest[..length]);
            rest = length == 0 ? default : rest[length..];
            if (!rest.IsEmpty)
            {
                lines.WriteLine(output);
            }
        }

        if (lines.IsCommitFinished)
        {
            return;
        }

        if (!_endedWithLine)
        {
            output.Write("\n"u8);
        }

        lines.WriteRemainder(output);
        if (_endedWithLine)
        {
            output.Write("\n"u8);
        }
    }
}
