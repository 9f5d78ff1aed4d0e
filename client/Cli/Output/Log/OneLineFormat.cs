using System.Buffers;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>Id, refs and subject on one line.</summary>
public sealed class OneLineFormat(IdAbbreviator ids, Decorations? decorations) : ILogFormat
{
    public bool EndsEntries => true;

    public void WriteHead(in LogEntry entry, IBufferWriter<byte> output)
    {
        ids.Write(entry.Id, output);
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
