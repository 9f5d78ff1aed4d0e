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
    private readonly Dictionary<int, MappedFile> _mapped = [];
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

    /// <summary>No files and no pieces.</summary>
    public static PieceFiles None => new("", HistoryState.Empty, null, null);

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
        return DurableFile.TryReadAt(file, bytes, location.Offset) ? Open(directory, bytes, location) : throw Misplaced(directory, location);
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
            SegmentReader piece = Open(_directory, Map(location), location);
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
        foreach (IDisposable piece in _mapped.Values)
        {
            piece.Dispose();
        }

        _segments?.Dispose();
        _tail?.Dispose();
    }

    private static SegmentReader Open(string directory, ReadOnlyMemory<byte> bytes, PieceLocation location)
    {
        try
        {
            SegmentReader piece = SegmentReader.Open(bytes);
            return piece.FirstPosition == location.First && piece.Count == location.Commits ? piece : throw Misplaced(directory, location);
        }
        catch (CorruptSegmentException e)
        {
            throw Damaged(directory, e);
        }
    }

    private static CorruptHistoryException Misplaced(string directory, PieceLocation location) =>
        CorruptHistoryException.Refetch(directory, $"The history's commits from position {location.First} on are not where they must be.");

    // Of a piece few pages may be asked for. A piece stays mapped as long as somebody may have a reader of it; that costs addresses, not memory.
    private ReadOnlyMemory<byte> Map(PieceLocation location)
    {
        if (!_mapped.TryGetValue(location.First, out MappedFile? mapped))
        {
            FileDescriptor file = location.IsTail ? _tail! : _segments!;
            if (PosixFile.GetStatus(file).SizeBytes < location.Offset + location.Bytes)
            {
                throw Misplaced(_directory, location);
            }

            mapped = new MappedFile(file, location.Bytes, location.Offset);
            _mapped.Add(location.First, mapped);
        }

        return mapped.Memory;
    }
}
