using Monorepo.Core;

namespace Monorepo.History.Push.Rules;

/// <summary>What commits and tags must be to be pushed: what <c>git fsck --strict</c> asks of new ones.</summary>
internal static class CommitRules
{
    /// <exception cref="MalformedObjectException">The first thing that is wrong.</exception>
    public static void CheckCommit(ReadOnlySpan<byte> body)
    {
        CheckHead(ObjectKind.Commit, body);
        LineReader lines = new(body);
        if (!IsId(lines.Take("tree "u8)))
        {
            throw Bad(ObjectKind.Commit, MalformedReason.BadId, lines.Offset, "the tree header is not an id of 40 hex digits");
        }

        while (lines.Is("parent "u8))
        {
            if (!IsId(lines.Take("parent "u8)))
            {
                throw Bad(ObjectKind.Commit, MalformedReason.BadId, lines.Offset, "a parent is not an id of 40 hex digits");
            }
        }

        Expect(ref lines, "author "u8, "author");
        if (lines.Is("author "u8))
        {
            throw Bad(ObjectKind.Commit, MalformedReason.MissingHeader, lines.Offset, "it has two authors");
        }

        Expect(ref lines, "committer "u8, "committer");
        int nul = body.IndexOf((byte)0);
        if (nul >= 0)
        {
            throw Bad(ObjectKind.Commit, MalformedReason.MissingHeader, nul, "the message holds a NUL");
        }

        static void Expect(ref LineReader lines, ReadOnlySpan<byte> key, string name)
        {
            int at = lines.Offset;
            if (!lines.Is(key))
            {
                throw Bad(ObjectKind.Commit, MalformedReason.MissingHeader, at, $"the {name} header is missing, or stands in the wrong place");
            }

            CheckIdentity(ObjectKind.Commit, lines.Take(key), at, name);
        }
    }

    /// <inheritdoc cref="CheckCommit"/>
    public static void CheckTag(ReadOnlySpan<byte> body)
    {
        CheckHead(ObjectKind.Tag, body);
        LineReader lines = new(body);
        if (!IsId(lines.Take("object "u8)))
        {
            throw Bad(ObjectKind.Tag, MalformedReason.BadId, 0, "the object header is not an id of 40 hex digits");
        }

        if (!ObjectKindNames.TryParse(lines.Take("type "u8), out _))
        {
            throw Bad(ObjectKind.Tag, MalformedReason.BadKind, lines.Offset, "the type is none of git's four kinds");
        }

        if (lines.Take("tag "u8).IsEmpty)
        {
            throw Bad(ObjectKind.Tag, MalformedReason.MissingHeader, lines.Offset, "the tag header is missing");
        }

        // Old tags have none.
        int at = lines.Offset;
        if (lines.Is("tagger "u8))
        {
            CheckIdentity(ObjectKind.Tag, lines.Take("tagger "u8), at, "tagger");
        }
    }

    /// <summary>Headers end in a line feed and hold no NUL.</summary>
    private static void CheckHead(ObjectKind kind, ReadOnlySpan<byte> body)
    {
        int end = body.IndexOf("\n\n"u8);
        ReadOnlySpan<byte> head = end < 0 ? body : body[..end];
        int nul = head.IndexOf((byte)0);
        if (nul >= 0)
        {
            throw Bad(kind, MalformedReason.MissingHeader, nul, "a header holds a NUL");
        }

        if (end < 0 && !body.EndsWith("\n"u8))
        {
            throw Bad(kind, MalformedReason.Truncated, body.Length, "the headers do not end");
        }
    }

    /// <summary><c>name &lt;mail&gt; seconds zone</c>; the name may be empty, but a space stands before the mail.</summary>
    private static void CheckIdentity(ObjectKind kind, ReadOnlySpan<byte> line, int at, string name)
    {
        int open = line.IndexOfAny((byte)'<', (byte)'>');
        if (open < 1 || line[open] != '<' || line[open - 1] != ' ')
        {
            throw Identity("has no name and mail: 'name <mail>' is expected");
        }

        ReadOnlySpan<byte> rest = line[(open + 1)..];
        int close = rest.IndexOfAny((byte)'<', (byte)'>');
        if (close < 0 || rest[close] != '>')
        {
            throw Identity("has a mail that does not end");
        }

        rest = rest[(close + 1)..];
        if (!rest.StartsWith(" "u8))
        {
            throw Identity("has no time after the mail");
        }

        rest = rest[1..];
        int digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits <= 0 || rest[digits] != ' ' || (digits > 1 && rest[0] == '0') || !IsTime(rest[..digits]))
        {
            throw Identity("has a time that is no number of seconds");
        }

        rest = rest[(digits + 1)..];
        if (rest.Length != 5 || rest[0] is not ((byte)'+' or (byte)'-') || rest[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
        {
            throw Identity("has a zone that is not like +0100");
        }

        MalformedObjectException Identity(string problem) => Bad(kind, MalformedReason.MissingHeader, at, $"the {name} {problem}");
    }

    private static bool IsTime(ReadOnlySpan<byte> digits) =>
        System.Buffers.Text.Utf8Parser.TryParse(digits, out long _, out int used) && used == digits.Length;

    private static bool IsId(ReadOnlySpan<byte> hex) => ObjectId.TryParse(hex, out _);

    private static MalformedObjectException Bad(ObjectKind kind, MalformedReason reason, int at, string message) => new(kind, reason, at, message);

    private ref struct LineReader(ReadOnlySpan<byte> body)
    {
        private readonly ReadOnlySpan<byte> _body = body;

        public int Offset { get; private set; }

        public readonly bool Is(ReadOnlySpan<byte> key) => _body[Offset..].StartsWith(key);

        /// <summary>The rest of the line after the key; empty, and nothing taken, where the line has another key.</summary>
        public ReadOnlySpan<byte> Take(ReadOnlySpan<byte> key)
        {
            if (!Is(key))
            {
                return default;
            }

            ReadOnlySpan<byte> rest = _body[(Offset + key.Length)..];
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> value = end < 0 ? rest : rest[..end];
            Offset = Math.Min(_body.Length, Offset + key.Length + value.Length + 1);
            return value;
        }
    }
}
