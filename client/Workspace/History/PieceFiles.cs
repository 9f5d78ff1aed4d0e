using Monorepo.Formats.History;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>Reads pieces of <c>segments</c> and of the tail file, and keeps the last ones decoded. Thread-safe.</summary>
internal sealed class PieceFiles : IDisposable
{
    // A walk by time goes back and forth between neighbours; a piece is some megabytes decoded.
    private const int DecodedPiecesMax = 6;

    // Between reading the state and opening its tail a writer may have merged the tail into segments, and again.
    private const int OpenAttemptsMax = 10;

    private readonly Lock _lock = new();
    private readonly LinkedList<SegmentReader> _recent = [];
    private readonly string _directory;
    private readonly FileDescriptor? _segments;
    private readonly FileDescriptor? _tail;
    private readonly PieceTable _table;

    private PieceFiles(string directory, HistoryState state, FileDescriptor? segments, FileDescriptor? tail)
    {
        _directory = directory;
        _table = new PieceTable(state);
        _segments = segments;
        _tail = tail;
        State = state;
    }

    /// <summary>The state whose pieces these are.</summary>
    public HistoryState State { get; }

    /// <exception cref="CorruptHistoryException">The state is damaged, or a file it names is not there.</exception>
    public static PieceFiles Open(HistoryFiles files)
    {
        for (int attempt = 0; ; attempt++)
        {
            HistoryState state = HistoryState.Load(files.State);
            FileDescriptor? segments = state.Segments.IsEmpty ? null : DurableFile.TryOpen(files.Segments, OpenFlags.ReadOnly);
            FileDescriptor? tail = state.Tail.IsEmpty ? null : DurableFile.TryOpen(files.Tail(state.TailNumber), OpenFlags.ReadOnly);
            if (state.Segments.IsEmpty == segments is null && state.Tail.IsEmpty == tail is null)
            {
                return new PieceFiles(files.Directory, state, segments, tail);
            }

            segments?.Dispose();
            tail?.Dispose();
            if (attempt == OpenAttemptsMax)
            {
                throw CorruptHistoryException.Refetch(files.Directory, "A file that the history's state names is missing.");
            }
        }
    }

    /// <summary>Reads a piece at its place, and checks that it is the one of that place.</summary>
    /// <exception cref="CorruptHistoryException">It is not.</exception>
    public static SegmentReader Read(string directory, FileDescriptor file, PieceLocation location)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(location.Bytes);
        try
        {
            if (DurableFile.TryReadAt(file, bytes, location.Offset)
                && SegmentReader.Open(bytes) is { } piece && piece.FirstPosition == location.First && piece.Count == location.Commits)
            {
                return piece;
            }
        }
        catch (CorruptSegmentException e)
        {
            throw Damaged(directory, e);
        }

        throw CorruptHistoryException.Refetch(directory, $"The history's commits from position {location.First} on are not where they must be.");
    }

    /// <summary>What a piece that turns out to be damaged is reported as.</summary>
    public static CorruptHistoryException Damaged(string directory, CorruptSegmentException e) =>
        CorruptHistoryException.Refetch(directory, $"The history's commits are damaged: {e.Message}", e);

    /// <summary>The piece that holds a position. Its columns are decoded, and their checksums compared, when they are asked for.</summary>
    /// <exception cref="CorruptHistoryException">It is damaged.</exception>
    public SegmentReader Read(int position)
    {
        lock (_lock)
        {
            for (LinkedListNode<SegmentReader>? node = _recent.First; node is not null; node = node.Next)
            {
                long index = position - node.Value.FirstPosition;
                if (index >= 0 && index < node.Value.Count)
                {
                    if (node != _recent.First)
                    {
                        _recent.Remove(node);
                        _recent.AddFirst(node);
                    }

                    return node.Value;
                }
            }

            PieceLocation location = _table.Find(position);
            SegmentReader piece = Read(_directory, location.IsTail ? _tail! : _segments!, location);
            _recent.AddFirst(piece);
            if (_recent.Count > DecodedPiecesMax)
            {
                // Somebody may still read it, so its buffers are the collector's.
                _recent.RemoveLast();
            }

            return piece;
        }
    }

    /// <inheritdoc cref="Damaged(string, CorruptSegmentException)"/>
    public CorruptHistoryException Damaged(CorruptSegmentException e) => Damaged(_directory, e);

    public void Dispose()
    {
        _segments?.Dispose();
        _tail?.Dispose();
    }
}
