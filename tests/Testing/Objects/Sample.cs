using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.Testing.Objects;

/// <summary>Small valid objects for tests, each different by its number.</summary>
public static class Sample
{
    public static NewObject Blob(int number, int sizeBytes = 40)
    {
        byte[] body = new byte[Math.Max(sizeBytes, 12)];
        // Half text, half noise, so that some envelopes compress and some do not.
        new Random(number).NextBytes(body.AsSpan(body.Length / 2));
        Encoding.ASCII.GetBytes($"blob {number}", body);
        return New(ObjectKind.Blob, body);
    }

    public static NewObject New(ObjectKind kind, ReadOnlySpan<byte> body) =>
        new(ObjectHasher.Hash(kind, body), ObjectEnvelope.Seal(kind, body));

    /// <summary>A commit of the empty tree.</summary>
    public static LogEntry Commit(int number, params ObjectId[] parents)
    {
        StringBuilder text = new();
        text.Append("tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n");
        foreach (ObjectId parent in parents)
        {
            text.Append("parent ").Append(parent).Append('\n');
        }

        text.Append($"author A U Thor <a@example.com> {1_700_000_000 + number} +0100\ncommitter A U Thor <a@example.com> {1_700_000_000 + number} +0100\n\nchange {number}\n");
        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        return new LogEntry(ObjectHasher.Hash(ObjectKind.Commit, body), body);
    }

    /// <summary>A line of commits, each the parent of the next.</summary>
    public static IReadOnlyList<LogEntry> Line(int count, int firstNumber = 0, ObjectId? parent = null)
    {
        List<LogEntry> line = [];
        for (int i = 0; i < count; i++)
        {
            LogEntry entry = parent is { } id ? Commit(firstNumber + i, id) : Commit(firstNumber + i);
            line.Add(entry);
            parent = entry.Id;
        }

        return line;
    }
}
