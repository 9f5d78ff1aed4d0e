using Monorepo.Formats.History;

namespace Monorepo.Storage.RocksDb.History;

/// <summary>The segments of one repository that were read last, decoded as far as they were asked. Thread-safe.</summary>
internal sealed class OpenSegments
{
    /// <summary>Some megabytes each. A walk goes from one to the next; more serve readers at several places.</summary>
    private const int CountMax = 4;

    private readonly Lock _lock = new();
    private readonly LinkedList<SegmentReader> _recent = new();

    /// <param name="read">Reads the segment that holds the position; not under any lock, so two readers may do it at once.</param>
    public SegmentReader GetOrAdd(long position, Func<SealedSegment> read)
    {
        lock (_lock)
        {
            if (Find(position) is { } known)
                return known;
        }

        // Not disposed when it is dropped: somebody may still read in it.
        SegmentReader opened = SegmentReader.Open(read().Bytes);
        lock (_lock)
        {
            if (Find(position) is { } known)
                return known;
            if (_recent.Count == CountMax)
                _recent.RemoveLast();
            _recent.AddFirst(opened);
            return opened;
        }
    }

    private SegmentReader? Find(long position)
    {
        for (LinkedListNode<SegmentReader>? node = _recent.First; node is not null; node = node.Next)
        {
            if (position < node.Value.FirstPosition || position >= node.Value.Header.EndPosition)
                continue;

            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value;
        }

        return null;
    }
}
