using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.History.Log;

/// <summary>Consecutive commits of a repository's log, of one epoch.</summary>
/// <param name="End">The position after the last; null: those of the sealed segment that starts at <paramref name="Position"/>.</param>
internal readonly record struct SegmentRange(RepositoryName Repository, ulong Epoch, long Position, long? End);

/// <summary>
/// Segments that were sent last, so that many clones of the same state cost the store one read and the processor one encoding: whoever asks for
/// what another is getting waits for it. Bounded in bytes; the least recently used goes first. Thread-safe.
/// </summary>
internal sealed class SegmentCache
{
    /// <summary>Some dozen sealed segments of usual size.</summary>
    public const long BytesMax = 64L << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<SegmentRange, Entry> _entries = [];
    private readonly LinkedList<Entry> _recent = new();
    private long _bytes;

    /// <summary>The segment, from here or as <paramref name="load"/> gives it. What it throws or null is given to all who wait, and not kept.</summary>
    /// <param name="load">Goes on when the caller is cancelled, for those who wait for the same.</param>
    public async Task<SealedSegment?> GetAsync(SegmentRange range, Func<Task<SealedSegment?>> load, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(range, out entry))
            {
                _recent.Remove(entry.Node);
                _recent.AddFirst(entry.Node);
            }
            else
            {
                entry = new Entry(range);
                entry.Segment = LoadAsync(entry, load);
                _entries.Add(range, entry);
                _recent.AddFirst(entry.Node);
            }
        }

        return await entry.Segment.WaitAsync(cancellationToken);
    }

    private async Task<SealedSegment?> LoadAsync(Entry entry, Func<Task<SealedSegment?>> load)
    {
        // Off the lock that the caller holds.
        await Task.Yield();
        SealedSegment? segment = null;
        try
        {
            segment = await load();
            return segment;
        }
        finally
        {
            lock (_lock)
            {
                entry.Bytes = segment?.Bytes.Length ?? 0;
                _bytes += entry.Bytes;
                if (segment is null || segment.Position != entry.Range.Position)
                {
                    Remove(entry);
                }

                // Those being loaded have no bytes yet: removing them would free nothing.
                for (LinkedListNode<Entry>? node = _recent.Last; node is not null && _bytes > BytesMax;)
                {
                    Entry oldest = node.Value;
                    node = node.Previous;
                    if (oldest.Bytes > 0)
                    {
                        Remove(oldest);
                    }
                }
            }
        }
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry.Range);
        _recent.Remove(entry.Node);
        _bytes -= entry.Bytes;
    }

    private sealed class Entry
    {
        public Entry(SegmentRange range)
        {
            Range = range;
            Node = new LinkedListNode<Entry>(this);
        }

        public SegmentRange Range { get; }

        public LinkedListNode<Entry> Node { get; }

        public Task<SealedSegment?> Segment { get; set; } = null!;

        public long Bytes { get; set; }
    }
}
