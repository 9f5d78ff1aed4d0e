using System.Buffers.Text;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>An author or committer line in the parts that have columns: <c>name &lt;mail&gt; seconds zone</c>.</summary>
internal readonly ref struct IdentityLine
{
    private const int SecondsBytesMax = 20;

    /// <summary>From the name to the closing bracket.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    public long Seconds { get; private init; }

    public ReadOnlySpan<byte> Zone { get; private init; }

    /// <summary>Cuts the line off the front of <paramref name="rest"/> where the parts, joined again, give the same bytes.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> key, out IdentityLine line)
    {
        line = default;
        int end = rest.IndexOf((byte)'\n');
        if (end < 0 || !rest[..end].StartsWith(key))
        {
            return false;
        }

        ReadOnlySpan<byte> value = rest[key.Length..end];
        int nameEnd = value.LastIndexOf((byte)'>') + 1;
        if (!IsName(value[..nameEnd]) || nameEnd == value.Length || value[nameEnd] != ' ')
        {
            return false;
        }

        ReadOnlySpan<byte> tail = value[(nameEnd + 1)..];
        int space = tail.IndexOf((byte)' ');
        if (space < 0 || !TryReadSeconds(tail[..space], out long seconds) || !IsZone(tail[(space + 1)..]))
        {
            return false;
        }

        line = new IdentityLine { Name = value[..nameEnd], Seconds = seconds, Zone = tail[(space + 1)..] };
        rest = rest[(end + 1)..];
        return true;
    }

    /// <summary>Whether a reader of the commit finds the name's end where we cut it.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) => name.Length > 0 && name[^1] == '>' && name.Contains((byte)'<') && !name.Contains((byte)'\n');

    public static bool IsZone(ReadOnlySpan<byte> zone) => zone.Length <= SegmentFormat.ZoneBytesMax && zone.IndexOfAny(" >\n"u8) < 0;

    private static bool TryReadSeconds(ReadOnlySpan<byte> digits, out long seconds)
    {
        // "+5", "007" and "-0" read as numbers and are written in another way.
        Span<byte> again = stackalloc byte[SecondsBytesMax];
        return Utf8Parser.TryParse(digits, out seconds, out int used) && used == digits.Length
            && Utf8Formatter.TryFormat(seconds, again, out int written) && again[..written].SequenceEqual(digits);
    }
}

/// <summary>A commit's body cut in the parts that have columns.</summary>
internal readonly ref struct CommitLayout
{
    public IdentityLine Author { get; private init; }

    public IdentityLine Committer { get; private init; }

    /// <summary>All between the committer's line and the empty one, line feeds included.</summary>
    public ReadOnlySpan<byte> Headers { get; private init; }

    public ReadOnlySpan<byte> Message { get; private init; }

    /// <summary>False: the body ends before an empty line.</summary>
    public bool HasMessage { get; private init; }

    /// <returns>False where the parts, joined again, would not be the same bytes.</returns>
    public static bool TryRead(Commit commit, out CommitLayout layout)
    {
        layout = default;
        ReadOnlySpan<byte> body = commit.Body.Span;
        int ids = SegmentFormat.TreeLineBytes + (commit.Parents.Count * SegmentFormat.ParentLineBytes);

        // Ids are written in lower case; git takes upper case as well.
        if (body.Length < ids || body[..ids].ContainsAnyInRange((byte)'A', (byte)'F'))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = body[ids..];
        if (!IdentityLine.TryTake(ref rest, "author "u8, out IdentityLine author)
            || !IdentityLine.TryTake(ref rest, "committer "u8, out IdentityLine committer)
            || rest is [(byte)' ', ..]) // goes on with the committer's line
        {
            return false;
        }

        int headers = HeadersLength(rest);
        layout = new CommitLayout
        {
            Author = author,
            Committer = committer,
            Headers = rest[..headers],
            Message = headers < rest.Length ? rest[(headers + 1)..] : default,
            HasMessage = headers < rest.Length,
        };
        return true;
    }

    /// <summary>Bytes before the empty line; all where there is none.</summary>
    public static int HeadersLength(ReadOnlySpan<byte> rest)
    {
        if (rest is [(byte)'\n', ..])
        {
            return 0;
        }

        int end = rest.IndexOf("\n\n"u8);
        return end < 0 ? rest.Length : end + 1;
    }
}
