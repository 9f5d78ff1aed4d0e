using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Output.Blame;

/// <summary>What blame prints of a person: the name and address recoded to UTF-8, the zone as written.</summary>
public sealed record BlamedPerson(byte[] Name, byte[] Email, Identity Identity, string Zone);

/// <summary>What blame prints of a commit.</summary>
/// <param name="IsBoundary">It has no parents; git marks its lines.</param>
public sealed record BlamedCommit(ObjectId Id, BlamedPerson Author, BlamedPerson Committer, byte[] Summary, bool IsBoundary);

/// <summary>Reads the commits that have lines, each once. Not thread-safe.</summary>
public sealed class BlamedCommits(CommitLog log)
{
    private readonly Dictionary<int, BlamedCommit> _commits = [];

    public BlamedCommit Get(int position)
    {
        if (_commits.TryGetValue(position, out BlamedCommit? known))
        {
            return known;
        }

        ObjectId id = log.IdAt(position);
        Commit commit = log.Read(position);
        ReadOnlySpan<byte> encoding = commit.Encoding.Span;
        BlamedCommit read = new(
            id, Person(commit.Author, commit.AuthorLine.Span, encoding), Person(commit.Committer, commit.CommitterLine.Span, encoding),
            Summary(CommitText.Decode(commit.Message.Span, encoding), id), commit.Parents.Count == 0);
        _commits.Add(position, read);
        return read;
    }

    private static BlamedPerson Person(Identity identity, ReadOnlySpan<byte> line, ReadOnlySpan<byte> encoding)
    {
        ReadOnlySpan<byte> zone = line[(line.LastIndexOf((byte)' ') + 1)..];
        bool isZone = zone.Length > 1 && zone[0] is (byte)'+' or (byte)'-' && zone[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        int minutes = Math.Abs(identity.ZoneMinutes);
        return new BlamedPerson(
            CommitText.Decode(identity.Name.Span, encoding).ToArray(),
            CommitText.Decode(identity.Email.Span, encoding).ToArray(),
            identity,
            isZone ? Encoding.ASCII.GetString(zone) : string.Create(CultureInfo.InvariantCulture, $"{(identity.ZoneMinutes < 0 ? '-' : '+')}{minutes / 60:00}{minutes % 60:00}"));
    }

    /// <summary>The first line that is not blank; the id in brackets where there is none.</summary>
    private static byte[] Summary(ReadOnlySpan<byte> message, ObjectId id)
    {
        ReadOnlySpan<byte> rest = CommitText.Terminated(message);
        while (!rest.IsEmpty)
        {
            int feed = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = feed < 0 ? rest : rest[..feed];
            if (!line.Trim(" \t\n\v\f\r"u8).IsEmpty)
            {
                return line.ToArray();
            }

            rest = feed < 0 ? default : rest[(feed + 1)..];
        }

        return Encoding.ASCII.GetBytes($"({id})");
    }
}
