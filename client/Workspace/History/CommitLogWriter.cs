using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Workspace.History;

/// <summary>
/// Appends to the clone's history. What was appended counts once <see cref="Checkpoint"/> returned; what an interrupted writer left
/// behind is cut off on opening, and what a power loss may have taken of the derived files is found and fetched again.
/// Memory does not grow with the history. One at a time: the caller holds the clone's lock. Not thread-safe.
/// </summary>
internal sealed class CommitLogWriter : ICommitIds, IDisposable
{
    // Between checkpoints at most this much of the log is fetched again after a crash.
    private const long CheckpointBytes = 16L << 20;

    // Derived files are synced when this much of them may be lost; verifying it again takes a millisecond.
    private const int UnsyncedCommitsMax = 8192;

    private readonly HistoryFiles _files;
    private readonly CommitGraphWriter _graph;
    private readonly PieceWriter _pieces;
    private HistoryState _saved;
    private CommitIndexWriter? _index;
    private long _savedBytes;
    private VerifiedPiece? _appending;
    private bool _isBroken;

    /// <param name="directory">The clone's <c>history</c> directory; made where it is not there.</param>
    /// <exception cref="CorruptHistoryException">The files contradict each other.</exception>
    public CommitLogWriter(string directory)
    {
        Directory.CreateDirectory(directory);
        _files = new HistoryFiles(directory);
        HistoryState state = HistoryState.Load(_files.State);
        _graph = new CommitGraphWriter(_files, state);
        if (_graph.FindDamage(state.Synced) is int damaged && damaged < state.Commits)
        {
            _graph.Dispose();
            state = state.CutBefore(damaged);
            state.Save(_files.State);
            _graph = new CommitGraphWriter(_files, state);
        }

        _saved = state;
        Epoch = state.Epoch;
        try
        {
            _pieces = new PieceWriter(_files, state, new PieceMerger(this));
        }
        catch
        {
            Dispose();
            throw;
        }

        _savedBytes = _pieces.Bytes;
    }

    /// <summary>The server's numbering; 0 where nothing was received yet.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>The position the next piece must start at.</summary>
    public int Count => _graph.Count;

    /// <summary>To be called once before anything is appended.</summary>
    /// <param name="epoch">Of what is to come; taken over by an empty log.</param>
    /// <param name="expected">Commits that the log will have, as far as known.</param>
    /// <exception cref="ArgumentException">The log is of another epoch.</exception>
    public void Begin(ulong epoch, long expected)
    {
        if (Count > 0 && Epoch != epoch)
        {
            throw new ArgumentException($"The history here is of epoch {Epoch:x}, not {epoch:x}.", nameof(epoch));
        }

        Epoch = epoch;
        _graph.Expect((int)Math.Min(expected, CommitGraph.CommitsMax));
        _index = new CommitIndexWriter(_files, epoch, IdAt);
        for (int position = Math.Min(_saved.Synced, _index.Commits); position < Count; position++)
        {
            _index.Add(_graph.IdAt(position), position);
        }
    }

    /// <summary>Appends a piece; checkpoints now and then.</summary>
    /// <exception cref="CorruptHistoryException">The piece is not the next one, or a commit is here already.</exception>
    public void Append(VerifiedPiece piece)
    {
        CommitIndexWriter index = _index ?? throw new InvalidOperationException("The writer was not told to begin.");
        if (piece.First != Count)
        {
            throw new CorruptHistoryException($"The server sent commits from position {piece.First}; {Count} was to come.");
        }

        // A commit that is here already is found before anything is changed.
        _appending = piece;
        for (int i = 0; i < piece.Count; i++)
        {
            index.Add(piece.IdOf(i), piece.First + i);
        }

        _isBroken = true;
        _pieces.Append(piece.Count, piece.Bytes.Span);
        _graph.Append(piece);
        _isBroken = false;
        if (_pieces.Bytes - _savedBytes >= CheckpointBytes)
        {
            Checkpoint();
        }
    }

    /// <summary>Makes all that was appended count; nothing more than before where appending failed halfway.</summary>
    public void Checkpoint()
    {
        if (_isBroken || _index is not { } index)
        {
            return;
        }

        // Commits are what can't be made again here, so they are on the device before the state that counts them.
        index.Flush(Count);
        if (Count == _saved.Commits && Epoch == _saved.Epoch)
        {
            return;
        }

        _pieces.Sync();
        _graph.SyncEdges();
        int synced = _saved.Synced;
        if (Count - synced > UnsyncedCommitsMax)
        {
            _graph.Sync();
            index.Sync();
            synced = Count;
        }

        _saved = new HistoryState
        {
            Epoch = Epoch,
            EdgeEntries = _graph.EdgeEntries,
            Synced = synced,
            TailNumber = _pieces.TailNumber,
            Segments = _pieces.Segments,
            Tail = _pieces.Tail,
        };
        _saved.Save(_files.State);
        _savedBytes = _pieces.Bytes;
        _pieces.DropOldTails();
    }

    /// <summary>Closes the files. What was not checkpointed is forgotten.</summary>
    public void Dispose()
    {
        _graph.Dispose();
        _index?.Dispose();
        _pieces?.Dispose();
    }

    ObjectId ICommitIds.GetId(long position) => IdAt((int)position);

    private ObjectId IdAt(int position) => position < Count ? _graph.IdAt(position) : _appending!.IdOf(position - _appending.First);
}
