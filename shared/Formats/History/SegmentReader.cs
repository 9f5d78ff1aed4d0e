using System.Buffers;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Ids of commits that stand before or in a segment.</summary>
public interface ICommitIds
{
    /// <summary>The id of the commit at a position of the log. Asked only for parents.</summary>
    ObjectId GetId(long position);
}

/// <summary>
/// A segment's commits. Opening reads the header only; each group of columns is decoded when it is first asked for (of messages and headers
/// the block that holds them), and stays decoded, but for messages that <see cref="GetMessage"/> reads: memory is bounded by
/// <see cref="SegmentFormat.BodyBytesMax"/>, for usual histories some megabytes. Commits are named by their index, 0 to <see cref="Count"/> - 1.
/// Every member that touches columns throws <see cref="CorruptSegmentException"/> where they break FORMAT.md.
/// Columns are checked against each other and by their checksums; only <see cref="Verify"/> proves that they are the commits of given ids.
/// Thread-safe, except that nothing may be used after or while it is disposed.
/// </summary>
/// <remarks>Disposing gives buffers back for reuse; a reader that is not disposed costs only that.</remarks>
public sealed class SegmentReader : IDisposable
{
    private readonly SegmentSource _source;
    private readonly Lock _opening = new();
    private volatile ShapeColumn? _shapes;
    private volatile ParentColumn? _parents;
    private volatile TreeColumns? _trees;
    private volatile TimeColumn? _times;
    private volatile IdentityColumns? _identities;
    private volatile LengthColumn? _lengths;
    private volatile MessageColumns? _messages;
    private volatile HeaderColumn? _headers;

    private SegmentReader(SegmentSource source) => _source = source;

    public SegmentHeader Header => _source.Header;

    public long FirstPosition => Header.FirstPosition;

    public int Count => Header.Count;

    /// <summary>How many different names (author or committer, with mail) there are in the segment.</summary>
    public int IdentityCount => Identities.IdentityCount;

    internal ShapeColumn Shapes => _shapes ?? Load(() => _shapes ??= new ShapeColumn(_source));

    internal ParentColumn Parents => _parents ?? Load(() => _parents ??= new ParentColumn(_source, Shapes));

    internal TreeColumns Trees => _trees ?? Load(() => _trees ??= new TreeColumns(_source));

    internal TimeColumn Times => _times ?? Load(() => _times ??= new TimeColumn(_source, Shapes));

    internal IdentityColumns Identities => _identities ?? Load(() => _identities ??= new IdentityColumns(_source, Shapes));

    internal MessageColumns Messages => _messages ?? Load(() => _messages ??= new MessageColumns(_source, Lengths));

    internal HeaderColumn Headers => _headers ?? Load(() => _headers ??= new HeaderColumn(_source, Shapes, Lengths));

    private LengthColumn Lengths => _lengths ?? Load(() => _lengths ??= new LengthColumn(_source, Shapes));

    /// <param name="segment">The whole segment; kept, and must not change while the reader is used.</param>
    /// <exception cref="CorruptSegmentException">The header is damaged, or the length is another than it says.</exception>
    public static SegmentReader Open(ReadOnlyMemory<byte> segment) => new(new SegmentSource(segment));

    /// <summary>Decodes all columns now: what can be done on another thread, ahead of <see cref="Verify"/>.</summary>
    public void DecodeAll()
    {
        _ = Parents;
        _ = Trees;
        _ = Times;
        _ = Identities;
        Messages.DecodeAll();
        Headers.DecodeAll();
    }

    public ObjectId GetTree(int index) => new(Trees[index]);

    /// <summary>The committer's time in seconds since 1970.</summary>
    public long GetCommitSeconds(int index) => Times.Commit(index);

    /// <summary>The parents' positions in the log, in the commit's order; -1 for one that the log does not hold.</summary>
    public ReadOnlySpan<long> GetParents(int index) => Parents[index];

    /// <summary>Whether only the raw body tells author, committer and message. Such commits are rare, and each question costs reading the body.</summary>
    public bool IsRaw(int index) => Shapes[index] == CommitShape.Raw;

    /// <summary>The name and mail with that number, as written: <c>A U Thor &lt;author@example.com&gt;</c>.</summary>
    /// <param name="number">0 to <see cref="IdentityCount"/> - 1, as <see cref="GetAuthorNumber"/> gives it.</param>
    public ReadOnlySpan<byte> GetIdentity(int number) => Identities.Identity(number).Span;

    /// <summary>The author's number, to ask <see cref="GetIdentity"/> once for many commits; -1 where the commit is raw.</summary>
    public int GetAuthorNumber(int index) => Identities.Author(index);

    /// <summary>The committer's number; -1 where the commit is raw.</summary>
    public int GetCommitterNumber(int index) => Identities.Committer(index);

    public Identity GetAuthor(int index) => IsRaw(index)
        ? ParseRaw(index).Author
        : SegmentIdentity.Read(Identities.Identity(Identities.Author(index)), Times.Author(index), Identities.AuthorZone(index));

    public Identity GetCommitter(int index) => IsRaw(index)
        ? ParseRaw(index).Committer
        : SegmentIdentity.Read(Identities.Identity(Identities.Committer(index)), Times.Commit(index), Identities.CommitterZone(index));

    /// <summary>The message as written, in the commit's encoding.</summary>
    /// <param name="buffer">Its block is decoded there, unless it is decoded already. The span is valid until the buffer's next use.</param>
    public ReadOnlySpan<byte> GetMessage(int index, TextBuffer buffer) => IsRaw(index)
        ? ParseRaw(index).Message.Span
        : Messages.Read(index, CheckLength(Messages.Length(index)), buffer);

    /// <summary>The encoding header's value; empty means UTF-8. Asking a commit without headers touches no column of them.</summary>
    public ReadOnlyMemory<byte> GetEncoding(int index) => Shapes[index] switch
    {
        CommitShape.Raw => ParseRaw(index).Encoding,
        CommitShape shape when shape.HasAny(CommitShape.HasHeaders) => SegmentIdentity.Encoding(Headers[index].Span),
        _ => default,
    };

    /// <summary>The raw body whose hash is the commit's id. It is the caller's to hash.</summary>
    /// <param name="ids">Asked for the parents' ids.</param>
    /// <param name="output">Receives the body.</param>
    public void Rebuild<TIds>(int index, TIds ids, IBufferWriter<byte> output)
        where TIds : ICommitIds
    {
        CommitRebuilder rebuilder = new(this);
        int length = rebuilder.LengthMax(index);
        output.Advance(rebuilder.Write(index, ids, output.GetSpan(length)));
    }

    /// <summary>
    /// Rebuilds and hashes every commit in order, so that the ids are those of these very bytes. Parents before the segment come from
    /// <paramref name="ids"/>; that ids are the ones wanted shows when a ref or a commit that is known names one of them.
    /// </summary>
    /// <param name="ids">Asked for parents before <see cref="FirstPosition"/> only.</param>
    /// <param name="visitor">Called once for every commit, in order.</param>
    /// <exception cref="CorruptSegmentException">Anything in the segment breaks FORMAT.md; commits visited so far are to be forgotten.</exception>
    public void Verify<TIds, TVisitor>(TIds ids, ref TVisitor visitor)
        where TIds : ICommitIds
        where TVisitor : ISegmentVisitor
    {
        SegmentVerifier<TIds> verifier = new(this, ids);
        verifier.Run(ref visitor);
    }

    public void Dispose() => _source.Return();

    internal Commit ParseRaw(int index)
    {
        try
        {
            return Commit.Parse(Headers[index]);
        }
        catch (MalformedObjectException e)
        {
            throw new CorruptSegmentException($"A segment's commit {FirstPosition + index} is none: {e.Message}", e);
        }
    }

    internal int CheckLength(int length) => length <= Header.BodyBytes
        ? length
        : throw new CorruptSegmentException($"A segment with bodies of {Header.BodyBytes} bytes holds one of {length}.");

    private T Load<T>(Func<T> open)
    {
        lock (_opening)
        {
            return open();
        }
    }
}
