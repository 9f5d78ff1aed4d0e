using System.Buffers;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>A commit that a log shows: one that a reader stands at, or one by itself. Valid until the reader moves.</summary>
public readonly struct LogEntry
{
    private readonly CommitReader? _reader;
    private readonly Commit? _commit;

    public LogEntry(ObjectId id, CommitReader reader)
    {
        Id = id;
        _reader = reader;
    }

    public LogEntry(ObjectId id, Commit commit)
    {
        Id = id;
        _commit = commit;
    }

    public ObjectId Id { get; }

    /// <summary>In the commit's encoding.</summary>
    public ReadOnlySpan<byte> Message => _reader is null ? _commit!.Message.Span : _reader.Message;

    /// <summary>Empty: UTF-8.</summary>
    public ReadOnlySpan<byte> Encoding => _reader is null ? _commit!.Encoding.Span : _reader.Encoding;

    /// <summary>The whole commit, which costs more than its message.</summary>
    public Commit Parse() => _commit ?? Commit.Parse(_reader!.Body.ToArray());
}

/// <summary>
/// How a log writes one commit. The head stands beside the commit in a graph; further lines of head and text get the graph's lines in front.
/// </summary>
public interface ILogFormat
{
    /// <summary>True: a line feed ends every commit. False: it stands between commits.</summary>
    bool EndsEntries { get; }

    /// <summary>True: nothing is written at all, not even the line feed.</summary>
    bool IsEmpty => false;

    /// <summary>Writes the head: whole lines, or nothing, or the beginning of the text's first line.</summary>
    void WriteHead(in LogEntry entry, IBufferWriter<byte> output);

    /// <summary>Writes the text.</summary>
    void WriteText(in LogEntry entry, IBufferWriter<byte> output);
}
