using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Workspace.History;

/// <summary>
/// The texts of many commits, one after the other, without an object for each: for <c>log</c> and searches over all of history.
/// What is read was verified when it was received, and its checksums are compared when its piece of the history is decoded;
/// <see cref="CommitLog.Read"/> hashes the commit again. A walk by descending time decodes each piece once, as the last
/// few stay decoded, and of a piece only what is asked for. Not thread-safe: one for each walk. Spans are valid until the next
/// <see cref="MoveTo"/> or question; the log must outlive them.
/// </summary>
public sealed class CommitReader
{
    private readonly CommitLog _log;
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly TextBuffer _texts;
    private SegmentReader? _piece;
    private Commit? _commit;
    private int _index;

    /// <param name="log">Whose commits.</param>
    /// <param name="texts">What it hands out lies in there.</param>
    internal CommitReader(CommitLog log, TextBuffer texts)
    {
        _log = log;
        _texts = texts;
    }

    /// <summary>Of the current commit; -1 before the first.</summary>
    public int Position { get; private set; } = -1;

    /// <summary>The author's name, mail and time. Cheap.</summary>
    /// <exception cref="CorruptHistoryException">What is on disk is damaged; so for all that follow.</exception>
    public Identity Author => IsParsed ? Parsed.Author : Get(static r => r._piece!.GetAuthor(r._index));

    /// <summary>As <see cref="Author"/>, of the committer.</summary>
    public Identity Committer => IsParsed ? Parsed.Committer : Get(static r => r._piece!.GetCommitter(r._index));

    /// <summary>The author's <c>name &lt;mail&gt;</c> as written; empty where there is none. The cheapest for comparing.</summary>
    public ReadOnlySpan<byte> AuthorName => NameOf(static r => r._piece!.GetAuthorNumber(r._index), static r => r.Parsed.AuthorLine);

    /// <summary>As <see cref="AuthorName"/>, of the committer.</summary>
    public ReadOnlySpan<byte> CommitterName => NameOf(static r => r._piece!.GetCommitterNumber(r._index), static r => r.Parsed.CommitterLine);

    /// <summary>The author header's value, <c>name &lt;mail&gt; seconds zone</c>; empty where there is none. Costs building the whole body.</summary>
    public ReadOnlySpan<byte> AuthorLine => Parsed.AuthorLine.Span;

    /// <summary>As <see cref="AuthorLine"/>, of the committer.</summary>
    public ReadOnlySpan<byte> CommitterLine => Parsed.CommitterLine.Span;

    /// <summary>The <c>encoding</c> header's value; empty means UTF-8. Cheap for commits without unusual headers.</summary>
    public ReadOnlySpan<byte> Encoding => IsParsed ? Parsed.Encoding.Span : Get(static r => r._piece!.GetEncoding(r._index)).Span;

    /// <summary>All after the first empty line, as written, in the commit's encoding. Cheap.</summary>
    public ReadOnlySpan<byte> Message
    {
        get
        {
            if (IsParsed)
            {
                return Parsed.Message.Span;
            }

            try
            {
                return _piece!.GetMessage(_index, _texts);
            }
            catch (CorruptSegmentException e)
            {
                throw _log.Damaged(e);
            }
        }
    }

    /// <summary>The exact bytes that the id is computed from. Costs building them.</summary>
    public ReadOnlySpan<byte> Body => Parsed.Body.Span;

    private bool IsParsed => _commit is not null;

    private Commit Parsed
    {
        get
        {
            if (_commit is null)
            {
                _body.ResetWrittenCount();
                _commit = Get(static r =>
                {
                    r._piece!.Rebuild(r._index, r._log.Graph, r._body);
                    return Commit.Parse(r._body.WrittenMemory);
                });
            }

            return _commit;
        }
    }

    /// <summary>Makes a commit the current one.</summary>
    /// <exception cref="CorruptHistoryException">What is on disk is damaged.</exception>
    public void MoveTo(int position)
    {
        if (_log.IsInMemory(position))
        {
            _commit = _log.Read(position);
            _piece = null;
        }
        else
        {
            // Most often the next commit is in the same piece.
            if (_piece is null || (uint)(position - (int)_piece.FirstPosition) >= (uint)_piece.Count)
            {
                _piece = _log.ReadPiece(position);
            }

            _index = position - (int)_piece.FirstPosition;
            _commit = null;
        }

        Position = position;
    }

    private ReadOnlySpan<byte> NameOf(Func<CommitReader, int> number, Func<CommitReader, ReadOnlyMemory<byte>> line)
    {
        if (!IsParsed && Get(number) is int known and >= 0)
        {
            return _piece!.GetIdentity(known);
        }

        ReadOnlySpan<byte> whole = line(this).Span;
        return whole[..(whole.LastIndexOf((byte)'>') + 1)];
    }

    private T Get<T>(Func<CommitReader, T> read)
    {
        try
        {
            return read(this);
        }
        catch (CorruptSegmentException e)
        {
            throw _log.Damaged(e);
        }
    }
}
