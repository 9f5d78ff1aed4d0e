using System.Buffers;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>Id, refs and subject on one line.</summary>
public sealed class OneLineFormat(IdAbbreviator ids, Decorations? decorations, bool isColored = false) : ILogFormat
{
    public bool EndsEntries => true;

    public void WriteHead(in LogEntry entry, IBufferWriter<byte> output)
    {
        output.Write(isColored ? Ansi.Yellow : default);
        ids.Write(entry.Id, output);
        output.Write(isColored ? Ansi.Reset : default);
        decorations?.Write(entry.Id, output);
        output.Write(" "u8);
    }

    public void WriteText(in LogEntry entry, IBufferWriter<byte> output)
    {
        // The encoding first: a further question to the reader may take the message's place.
        ReadOnlySpan<byte> encoding = entry.Encoding;
        CommitText.WriteSubject(CommitText.Decode(entry.Message, encoding), output);
    }
}
