using System.Buffers;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Picking;

/// <summary>Writes commits, and the messages of commits that are made of others, in git's words.</summary>
public static class CommitBody
{
    private static readonly SearchValues<char> s_token = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    private static ReadOnlySpan<byte> PickedPrefix => "(cherry picked from commit "u8;

    /// <param name="tree">The commit's tree.</param>
    /// <param name="parents">In order.</param>
    /// <param name="author">The header's value; may be another's, as written there.</param>
    /// <param name="committer">Who makes the commit.</param>
    /// <param name="message">As it is to be.</param>
    public static byte[] Format(ObjectId tree, IEnumerable<ObjectId> parents, ReadOnlySpan<byte> author, Signature committer, ReadOnlySpan<byte> message)
    {
        StringBuilder head = new($"tree {tree}\n");
        foreach (ObjectId parent in parents)
        {
            head.Append($"parent {parent}\n");
        }

        return [.. Encoding.UTF8.GetBytes(head.ToString()), .. "author "u8, .. author, .. Encoding.UTF8.GetBytes($"\ncommitter {committer}\n\n"), .. message];
    }

    /// <summary>A commit's author as it goes into a copy, in UTF-8.</summary>
    public static byte[] AuthorOf(Commit commit) => CommitText.Decode(commit.AuthorLine.Span, commit.Encoding.Span).ToArray();

    /// <summary>A commit's message in UTF-8.</summary>
    public static byte[] MessageOf(Commit commit) => CommitText.Decode(commit.Message.Span, commit.Encoding.Span).ToArray();

    /// <summary>The first paragraph on one line.</summary>
    public static string SubjectOf(ReadOnlySpan<byte> message)
    {
        ArrayBufferWriter<byte> subject = new();
        CommitText.WriteSubject(message, subject);
        return Encoding.UTF8.GetString(subject.WrittenSpan);
    }

    public static byte[] RevertMessage(ObjectId id, ReadOnlySpan<byte> message) =>
        Encoding.UTF8.GetBytes($"Revert \"{SubjectOf(message)}\"\n\nThis reverts commit {id}.\n");

    /// <summary>The message with a last line that says which commit it comes from; among trailers where it ends with some, else in a paragraph of its own.</summary>
    public static byte[] WithOrigin(ReadOnlySpan<byte> message, ObjectId id)
    {
        ReadOnlySpan<byte> end = message.IsEmpty || message[^1] == '\n' ? ""u8 : "\n"u8;
        ReadOnlySpan<byte> gap = EndsWithTrailers(message) ? ""u8 : "\n"u8;
        return [.. message, .. end, .. gap, .. PickedPrefix, .. Encoding.ASCII.GetBytes(id.ToString()), .. ")\n"u8];
    }

    private static bool EndsWithTrailers(ReadOnlySpan<byte> message)
    {
        string[] lines = Encoding.UTF8.GetString(message).TrimEnd('\n').Split('\n');
        int blank = Array.FindLastIndex(lines, static l => l.Trim().Length == 0);
        return blank > 0 && lines.Skip(blank + 1).All(IsTrailer);
    }

    private static bool IsTrailer(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return line.StartsWith(Encoding.ASCII.GetString(PickedPrefix), StringComparison.Ordinal)
            || (colon > 0 && !line.AsSpan(0, colon).ContainsAnyExcept(s_token));
    }
}
