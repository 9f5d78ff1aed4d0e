using System.Collections.Immutable;
using Monorepo.Formats.History;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// Appends pieces: large ones to <c>segments</c>, small ones to the tail file, whose pieces are merged when there are many, so that
/// a thousand small pulls read like one. The caller holds the clone's lock. Not thread-safe.
/// </summary>
internal sealed class PieceWriter : IDisposable
{
    /// <summary>A piece of this many goes to <c>segments</c> for good.</summary>
    public const int LargePieceCommits = 2048;

    /// <summary>Pieces and commits a tail has at most before its pieces are merged.</summary>
    public const int TailPiecesMax = 32;
    public const int TailCommitsMax = 8192;

    private readonly HistoryFiles _files;
    private readonly PieceMerger _merger;
    private readonly List<int> _oldTails = [];
    private readonly ImmutableArray<PieceEntry>.Builder _segmentEntries;
    private readonly ImmutableArray<PieceEntry>.Builder _tailEntries;
    private readonly FileDescriptor _segments;
    private FileDescriptor _tail;
    private long _segmentBytes;
    private long _tailBytes;
    private int _segmentCommits;
    private int _tailCommits;
    private bool _segmentsChanged;
    private bool _tailChanged;

    /// <param name="files">Where the files are, or will be.</param>
    /// <param name="state">What counts of them; the rest is cut off.</param>
    /// <param name="merger">Makes fewer pieces of many.</param>
    public PieceWriter(HistoryFiles files, HistoryState state, PieceMerger merger)
    {
        _files = files;
        _merger = merger;
        _segmentEntries = state.Segments.ToBuilder();
        _tailEntries = state.Tail.ToBuilder();
        _segmentBytes = state.Segments.Sum(static p => (long)p.Bytes);
        _segmentCommits = state.Segments.Sum(static p => p.Commits);
        _tailBytes = state.Tail.Sum(static p => (long)p.Bytes);
        _tailCommits = state.Tail.Sum(static p => p.Commits);
        TailNumber = state.TailNumber;
        _segments = OpenCut(files.Segments, _segmentBytes);
        _tail = OpenCut(files.Tail(TailNumber), _tailBytes);

        // The last writer left its old tail for readers that had just read the old state.
        File.Delete(files.Tail(TailNumber - 1));
    }

    public int TailNumber { get; private set; }

    public ImmutableArray<PieceEntry> Segments => _segmentEntries.ToImmutable();

    public ImmutableArray<PieceEntry> Tail => _tailEntries.ToImmutable();

    public long Bytes => _segmentBytes + _tailBytes;

    /// <summary>Appends a piece and merges what is due; nothing counts before the state says so.</summary>
    public void Append(int commits, ReadOnlySpan<byte> bytes)
    {
        if (commits >= LargePieceCommits)
        {
            MergeTail(toSegments: true);
            AppendSegment(new PieceEntry(commits, bytes.Length), bytes);
            return;
        }

        AppendTail(new PieceEntry(commits, bytes.Length), bytes);
        if (_tailEntries.Count > TailPiecesMax || _tailCommits >= TailCommitsMax)
        {
            MergeTail(toSegments: _tailCommits >= LargePieceCommits);
        }
    }

    /// <summary>Makes what was appended survive a power loss.</summary>
    public void Sync()
    {
        if (_segmentsChanged)
        {
            PosixFile.Sync(_segments);
            _segmentsChanged = false;
        }

        if (_tailChanged)
        {
            PosixFile.Sync(_tail);
            _tailChanged = false;
        }
    }

    /// <summary>Removes the tails that the state does not name any more, except the last one, which readers may be about to open.</summary>
    public void DropOldTails()
    {
        foreach (int number in _oldTails.SkipLast(1))
        {
            File.Delete(_files.Tail(number));
        }

        _oldTails.Clear();
    }

    public void Dispose()
    {
        _segments.Dispose();
        _tail.Dispose();
    }

    private static FileDescriptor OpenCut(string path, long bytes)
    {
        FileDescriptor file = DurableFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create);
        long size = PosixFile.GetStatus(file).SizeBytes;
        if (size > bytes)
        {
            PosixFile.SetLength(file, bytes);
        }
        else if (size < bytes)
        {
            file.Dispose();
            throw CorruptHistoryException.Refetch(Path.GetDirectoryName(path)!, $"'{path}' is shorter than the history's state says.");
        }

        return file;
    }

    private void AppendSegment(PieceEntry entry, ReadOnlySpan<byte> bytes)
    {
        PosixFile.WriteAt(_segments, bytes, _segmentBytes);
        _segmentEntries.Add(entry);
        _segmentBytes += entry.Bytes;
        _segmentCommits += entry.Commits;
        _segmentsChanged = true;
    }

    private void AppendTail(PieceEntry entry, ReadOnlySpan<byte> bytes)
    {
        PosixFile.WriteAt(_tail, bytes, _tailBytes);
        _tailEntries.Add(entry);
        _tailBytes += entry.Bytes;
        _tailCommits += entry.Commits;
        _tailChanged = true;
    }

    private void MergeTail(bool toSegments)
    {
        if (_tailEntries.Count == 0)
        {
            return;
        }

        IReadOnlyList<ReadOnlyMemory<byte>> merged;
        try
        {
            merged = _merger.Merge(ReadTail());
        }
        catch (CorruptSegmentException e)
        {
            throw PieceFiles.Damaged(_files.Directory, e);
        }

        _tail.Dispose();
        _oldTails.Add(TailNumber);
        TailNumber++;
        _tail = DurableFile.Open(_files.Tail(TailNumber), OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate);
        _tailEntries.Clear();
        _tailBytes = _tailCommits = 0;
        foreach (ReadOnlyMemory<byte> piece in merged)
        {
            PieceEntry entry = new(SegmentHeader.Read(piece.Span).Count, piece.Length);
            if (toSegments)
            {
                AppendSegment(entry, piece.Span);
            }
            else
            {
                AppendTail(entry, piece.Span);
            }
        }
    }

    private List<SegmentReader> ReadTail()
    {
        List<SegmentReader> pieces = [];
        int first = _segmentCommits;
        long offset = 0;
        foreach (PieceEntry entry in _tailEntries)
        {
            pieces.Add(PieceFiles.Read(_files.Directory, _tail, new PieceLocation(first, entry.Commits, IsTail: true, offset, entry.Bytes)));
            first += entry.Commits;
            offset += entry.Bytes;
        }

        return pieces;
    }
}
