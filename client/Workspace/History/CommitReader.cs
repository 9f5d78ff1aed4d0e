namespace Monorepo.Workspace.History;

/// <summary>
/// The texts of many commits, one after the other, without an object for each: for <c>log</c> and searches over all of history.
/// What is read was verified when it was received, and its checksum is compared once for each piece of the history that is
/// decoded; <see cref="CommitLog.Read"/> hashes the commit again. A walk by descending time decodes each piece once, as the last
/// few stay decoded. Not thread-safe: one for each walk. The spans are valid until the next <see cref="MoveTo"/>; the log must outlive them.
/// </summary>
public sealed class CommitReader
{
    private readonly CommitLog _log;
    private ReadOnlyMemory<byte> _body;
    private Range _author;
    private Range _committer;
    private Range _encoding;
    private int _messageOffset;
    private bool _isParsed;

    internal CommitReader(CommitLog log) => _log = log;

    /// <summary>Of the current commit; -1 before the first.</summary>
    public int Position { get; private set; } = -1;

    /// <summary>The exact bytes that the id is computed from.</summary>
    public ReadOnlySpan<byte> Body => _body.Span;

    /// <summary>The author header's value, <c>name &lt;mail&gt; seconds zone</c>; empty where there is none.</summary>
    public ReadOnlySpan<byte> AuthorLine => Parsed()[_author];

    /// <summary>As <see cref="AuthorLine"/>, of the committer.</summary>
    public ReadOnlySpan<byte> CommitterLine => Parsed()[_committer];

    /// <summary>The <c>encoding</c> header's value; empty means UTF-8.</summary>
    public ReadOnlySpan<byte> Encoding => Parsed()[_encoding];

    /// <summary>All after the first empty line, as written, in the commit's encoding.</summary>
    public ReadOnlySpan<byte> Message => Parsed()[_messageOffset..];

    /// <summary>Makes a commit the current one.</summary>
    /// <exception cref="CorruptHistoryException">What is on disk is damaged.</exception>
    public void MoveTo(int position)
    {
        _body = _log.ReadBody(position);
        _isParsed = false;
        Position = position;
    }

    private ReadOnlySpan<byte> Parsed()
    {
        ReadOnlySpan<byte> body = _body.Span;
        if (_isParsed)
        {
            return body;
        }

        _author = _committer = _encoding = default;
        int start = 0;
        while (start < body.Length && body[start] != '\n')
        {
            int length = body[start..].IndexOf((byte)'\n');
            int end = length < 0 ? body.Length : start + length;
            Note(body, start, end);
            start = Math.Min(end + 1, body.Length);
        }

        _messageOffset = Math.Min(start + 1, body.Length);
        _isParsed = true;
        return body;
    }

    // The first of each that is not empty counts. These headers have no continuation lines in any commit git makes; were there
    // some, they would belong to the value.
    private void Note(ReadOnlySpan<byte> body, int start, int end)
    {
        ReadOnlySpan<byte> line = body[start..end];
        if (IsEmpty(_author) && line.StartsWith("author "u8))
        {
            _author = (start + "author ".Length)..ValueEnd(body, end);
        }
        else if (IsEmpty(_committer) && line.StartsWith("committer "u8))
        {
            _committer = (start + "committer ".Length)..ValueEnd(body, end);
        }
        else if (IsEmpty(_encoding) && line.StartsWith("encoding "u8))
        {
            _encoding = (start + "encoding ".Length)..ValueEnd(body, end);
        }
    }

    private static bool IsEmpty(Range value) => value.Start.Value == value.End.Value;

    private static int ValueEnd(ReadOnlySpan<byte> body, int end)
    {
        while (end + 1 < body.Length && body[end + 1] == ' ')
        {
            int length = body[(end + 1)..].IndexOf((byte)'\n');
            end = length < 0 ? body.Length : end + 1 + length;
        }

        return end;
    }
}
