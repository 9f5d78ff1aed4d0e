using System.Buffers;
using System.Text;
using System.Text.Json;
using Monorepo.Cli.Commands;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Log;

/// <summary>
/// One JSON object a line: <c>id</c>, <c>tree</c>, <c>parents</c> (array of ids), <c>author</c> and <c>committer</c> (<c>name</c>,
/// <c>email</c>, <c>time</c> in seconds since 1970, <c>zoneMinutes</c>) and <c>message</c>. Bytes that are no UTF-8 become U+FFFD.
/// </summary>
public sealed class JsonFormat : ILogFormat
{
    public bool EndsEntries => true;

    public void WriteHead(in LogEntry entry, IBufferWriter<byte> output)
    {
        // All of it is one object.
    }

    public void WriteText(in LogEntry entry, IBufferWriter<byte> output)
    {
        Commit commit = entry.Parse();
        using Utf8JsonWriter json = new(output, Options.JsonWriter);
        json.WriteStartObject();
        json.WriteString("id", entry.Id.ToString());
        json.WriteString("tree", commit.Tree.ToString());
        json.WriteStartArray("parents");
        foreach (ObjectId parent in commit.Parents)
        {
            json.WriteStringValue(parent.ToString());
        }

        json.WriteEndArray();
        WriteIdentity(json, "author", commit.Author, commit.Encoding);
        WriteIdentity(json, "committer", commit.Committer, commit.Encoding);
        json.WriteString("message", Text(commit.Message, commit.Encoding));
        json.WriteEndObject();
    }

    private static void WriteIdentity(Utf8JsonWriter json, string name, Identity identity, ReadOnlyMemory<byte> encoding)
    {
        json.WriteStartObject(name);
        json.WriteString("name", Text(identity.Name, encoding));
        json.WriteString("email", Text(identity.Email, encoding));
        json.WriteNumber("time", identity.UnixSeconds);
        json.WriteNumber("zoneMinutes", identity.ZoneMinutes);
        json.WriteEndObject();
    }

    private static string Text(ReadOnlyMemory<byte> bytes, ReadOnlyMemory<byte> encoding) => Encoding.UTF8.GetString(CommitText.Decode(bytes.Span, encoding.Span));
}
