using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.History;

/// <summary>A commit's place and shape, without its body.</summary>
/// <param name="Position">Its place in the log; parents have lower ones.</param>
/// <param name="CommitSeconds">The committer's time, seconds since 1970; what a log is ordered by.</param>
public readonly record struct CommitNode(int Position, ObjectId Id, ObjectId Tree, long CommitSeconds);

/// <summary>What an abbreviated id stands for.</summary>
/// <param name="Candidates">None: unknown. One: found. Several: ambiguous; at most <see cref="CommitLog.CandidatesMax"/> are listed.</param>
public readonly record struct PrefixMatch(IReadOnlyList<CommitNode> Candidates)
{
    public bool IsUnique => Candidates.Count == 1;

    public bool IsAmbiguous => Candidates.Count > 1;
}

/// <summary>
/// The clone's commits as they were when it was opened. Opening maps files and reads nothing of O(history), unless the index is
/// short, as after a crash. Thread-safe; a writer in another process does not disturb it. Local commits, once they are set, come after
/// the server's as if they were of the log.
/// </summary>
public sealed class CommitLog : IDisposable
{
    public const int CandidatesMax = 100;

    private readonly PieceFiles _pieces;
    private readonly CommitIndex _index;
    private readonly ShallowCommits? _shallow;
    private readonly TextBuffer? _texts;
    private volatile LocalCommits _local = LocalCommits.None;

    private CommitLog(PieceFiles pieces, CommitGraph graph, CommitIndex index, ShallowCommits? shallow, TextBuffer? texts = null)
    {
        _texts = texts;
        Epoch = shallow?.Epoch ?? pieces.State.Epoch;
        _shallow = shallow;
        Graph = graph;
        _index = index;
        _pieces = pieces;
    }

    /// <summary>The server's numbering; 0 while the log is empty.</summary>
    public ulong Epoch { get; }

    /// <summary>All commits, local ones included.</summary>
    public int Count => ServerCount + _local.Count;

    /// <summary>Commits of the server's log; local ones have the positions from here on.</summary>
    public int ServerCount => _shallow?.Count ?? Graph.Count;

    /// <summary>Whether only some of the server's commits are here. Then positions are not the server's, and a commit's parents may be absent.</summary>
    public bool IsShallow => _shallow is not null;

    internal CommitGraph Graph { get; }

    /// <param name="directory">The clone's <c>history</c> directory; an absent or empty one is an empty log.</param>
    /// <exception cref="CorruptHistoryException">The files contradict each other.</exception>
    public static CommitLog Open(string directory) => Open(directory, null);

    /// <inheritdoc cref="Open(string)"/>
    /// <param name="directory">As there.</param>
    /// <param name="texts">What all readers share, so that what one hands out is good until the next question to any; null: each has its own.</param>
    internal static CommitLog Open(string directory, TextBuffer? texts)
    {
        HistoryFiles files = new(directory);
        PieceFiles pieces = PieceFiles.Open(files);
        CommitGraph? graph = null;
        try
        {
            graph = new CommitGraph(files, pieces.State);
            return new CommitLog(pieces, graph, CommitIndex.Open(files, pieces.State.Epoch, graph), null, texts);
        }
        catch
        {
            graph?.Dispose();
            pieces.Dispose();
            throw;
        }
    }

    /// <summary>The commits of a shallow clone; no file is opened.</summary>
    internal static CommitLog Of(ShallowCommits shallow)
    {
        CommitGraph graph = new(new HistoryFiles(""), HistoryState.Empty);
        return new CommitLog(PieceFiles.None, graph, CommitIndex.Empty(graph), shallow);
    }

    /// <summary>Replaces the local commits by these; those that the log has are left out.</summary>
    /// <param name="commits">Verified by their ids, parents before children.</param>
    /// <exception cref="CorruptHistoryException">A parent is nowhere.</exception>
    public void SetLocal(IEnumerable<GitObject> commits) =>
        _local = LocalCommits.Place(ServerCount, id => TryFindServer(id, out int position) ? position : null, commits);

    public bool Contains(ObjectId id) => TryFindPosition(id, out _);

    public bool TryFind(ObjectId id, out CommitNode node)
    {
        bool found = TryFindPosition(id, out int position);
        node = found ? GetNode(position) : default;
        return found;
    }

    public PrefixMatch Find(HexPrefix prefix) =>
        new([.. FindPrefix(prefix, CandidatesMax).Select(GetNode).OrderBy(n => n.Id)]);

    /// <summary>The shortest beginning of the id that no other commit's id has, of at least <paramref name="digitsMin"/> digits.</summary>
    public string Abbreviate(ObjectId id, int digitsMin = 7)
    {
        string hex = id.ToString();
        for (int digits = Math.Clamp(digitsMin, HexPrefix.DigitsMin, ObjectId.HexSize); digits < ObjectId.HexSize; digits++)
        {
            if (HexPrefix.TryParse(hex.AsSpan(0, digits), out HexPrefix prefix) && FindPrefix(prefix, 2).All(p => GetNode(p).Id == id))
            {
                return hex[..digits];
            }
        }

        return hex;
    }

    /// <summary>Whether another commit's id begins with the same digits.</summary>
    internal bool SharesPrefix(ObjectId id, int digits) =>
        HexPrefix.TryParse(id.Abbreviate(digits), out HexPrefix prefix) && !FindPrefix(prefix, 2).All(p => IdAt(p) == id);

    public CommitNode GetNode(int position)
    {
        if (position >= ServerCount)
        {
            return _local.GetNode(position);
        }

        if (_shallow is not null)
        {
            return _shallow.GetNode(position);
        }

        CommitRecord record = Graph[position];
        return new CommitNode(position, record.Id, record.Tree, record.CommitSeconds);
    }

    /// <summary>The parents' positions in the commit's order. Walks use <see cref="AddParents"/>.</summary>
    public IReadOnlyList<int> GetParents(int position)
    {
        List<int> parents = [];
        AddParents(position, parents);
        return parents;
    }

    /// <summary>Adds the parents' positions in the commit's order; each is below the commit's own. For walks, which keep the list.</summary>
    /// <exception cref="ShallowHistoryException">One is not here: whoever can do without takes <see cref="AddKnownParents"/>.</exception>
    public void AddParents(int position, List<int> parents)
    {
        if (position >= ServerCount)
        {
            parents.AddRange(_local.GetParents(position));
        }
        else if (_shallow is not null)
        {
            if (AddKnownParents(position, parents) >= 0)
            {
                throw ShallowHistoryException.At(this, IdAt(position));
            }
        }
        else
        {
            Graph.AddParents(Graph[position], position, parents);
        }
    }

    /// <summary>As <see cref="AddParents"/>, without those that are not here.</summary>
    /// <returns>The highest place in the server's log of a parent that is not here; -1 where all are, as in every clone but a shallow one.</returns>
    public long AddKnownParents(int position, List<int> parents)
    {
        if (_shallow is null || position >= ServerCount)
        {
            AddParents(position, parents);
            return -1;
        }

        parents.AddRange(_shallow.KnownParents(position));
        return _shallow.MissingAt(position);
    }

    /// <summary>How many parents a commit has, here or not.</summary>
    /// <param name="position">The commit.</param>
    /// <param name="scratch">Cleared and used.</param>
    public int CountParents(int position, List<int> scratch)
    {
        if (_shallow is not null && position < ServerCount)
        {
            return _shallow.CountParents(position);
        }

        scratch.Clear();
        AddParents(position, scratch);
        return scratch.Count;
    }

    /// <summary>A commit's place in the server's log, to compare with what <see cref="AddKnownParents"/> tells; local commits stand after all.</summary>
    public long ServerPositionAt(int position) => position >= ServerCount ? long.MaxValue : _shallow?.ServerPositionAt(position) ?? position;

    /// <summary>The first parent's position, below the commit's own; -1 for a commit without parents.</summary>
    public int FirstParentAt(int position) =>
        position >= ServerCount || _shallow is not null ? GetParents(position) is [int first, ..] ? first : -1 : Graph.FirstParentAt(position);

    /// <summary>Steps from first parent to first parent as long as the position is above <paramref name="stop"/> and has one.</summary>
    public int FollowFirstParents(int position, int stop)
    {
        while (position > stop && IsInMemory(position) && FirstParentAt(position) is >= 0 and int parent)
        {
            position = parent;
        }

        return IsInMemory(position) ? position : Graph.FollowFirstParents(position, stop);
    }

    /// <summary>The committer's time, seconds since 1970.</summary>
    public long CommitSecondsAt(int position) => IsInMemory(position) ? GetNode(position).CommitSeconds : Graph[position].CommitSeconds;

    public ObjectId IdAt(int position) => IsInMemory(position) ? GetNode(position).Id : Graph.IdAt(position);

    /// <summary>For reading many commits in a row.</summary>
    public CommitReader OpenReader() => new(this, _texts ?? new TextBuffer());

    /// <summary>The commit with its body, verified by its id.</summary>
    /// <exception cref="CorruptHistoryException">What is on disk is not that commit.</exception>
    public Commit Read(int position)
    {
        if (position >= ServerCount)
        {
            return _local.Read(position);
        }

        if (_shallow is not null)
        {
            return _shallow.Read(position);
        }

        ObjectId id = Graph[position].Id;
        ReadOnlyMemory<byte> body = ReadBody(position);
        return ObjectHasher.Hash(ObjectKind.Commit, body.Span) == id
            ? Commit.Parse(body)
            : throw new CorruptHistoryException($"The commit at position {position} of the history is not {id}.");
    }

    /// <summary>The raw body, not hashed.</summary>
    internal ReadOnlyMemory<byte> ReadBody(int position)
    {
        if (IsInMemory(position))
        {
            return Read(position).Body;
        }

        ArrayBufferWriter<byte> body = new();
        SegmentReader piece = ReadPiece(position);
        try
        {
            piece.Rebuild(position - (int)piece.FirstPosition, Graph, body);
            return body.WrittenMemory;
        }
        catch (CorruptSegmentException e)
        {
            throw _pieces.Damaged(e);
        }
    }

    /// <summary>The piece of the server's log that holds a position below <see cref="ServerCount"/>.</summary>
    internal SegmentReader ReadPiece(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)ServerCount, nameof(position));
        return _pieces.Read(position);
    }

    /// <summary>Whether a commit is in no piece: it is local, or the clone is shallow.</summary>
    internal bool IsInMemory(int position) => _shallow is not null || position >= ServerCount;

    /// <summary>What a piece that turns out to be damaged is reported as.</summary>
    internal CorruptHistoryException Damaged(CorruptSegmentException e) => _pieces.Damaged(e);

    public void Dispose()
    {
        _index.Dispose();
        Graph.Dispose();
        _pieces.Dispose();
    }

    private bool TryFindPosition(ObjectId id, out int position) => TryFindServer(id, out position) || _local.TryFind(id, out position);

    private bool TryFindServer(ObjectId id, out int position) => _shallow is not null ? _shallow.TryFind(id, out position) : _index.TryFind(id, out position);

    private IEnumerable<int> FindPrefix(HexPrefix prefix, int countMax) =>
        (_shallow?.FindPrefix(prefix) ?? _index.FindPrefix(prefix, countMax)).Concat(_local.FindPrefix(prefix)).Take(countMax);
}
