using System.Collections.Concurrent;
using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Hot;

/// <summary>
/// The envelopes that are asked for again and again, in native memory: the first tier. Bounded by its size, index included. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Admission and eviction are S3-FIFO (Yang et al., SOSP 2023): a small queue of a tenth that everything new goes through, a main queue for what was hit
/// there, and a memory of keys that left the small queue too early. One pass over a repository (a clone, a scan by a search index) flows through the small
/// queue and leaves the main one alone. Chosen over W-TinyLFU, which has about the same hit rates, because its queues are first-in-first-out: they are a
/// log of segments here, so a hit moves nothing and takes no lock, eviction frees whole segments, what survives is copied to the log's end, and there is no
/// fragmentation: resident memory stays where it is however long it runs and whatever sizes come by.
/// </para>
/// <para>
/// One shared structure, not one for each thread with messages between them: a request of 32 keys would have most of them with other threads, and a
/// message costs more than reading 1 KB. Readers take no lock and write no shared memory (see <see cref="HotIndex"/>); there is one writer at a time, who
/// comes from a miss that cost hundreds of times as much.
/// </para>
/// </remarks>
public sealed unsafe class HotSet : IHotBlobs, IDisposable
{
    /// <summary>Below this there would be too few segments to tell old from new.</summary>
    public const long SizeBytesMin = 32L << 20;

    /// <summary>An envelope as long as this or longer would push out too much at once.</summary>
    public const int ItemBytesMax = 16 << 20;

    // What the index is sized for: an envelope of 512 bytes is short for a file, and a set of shorter ones is bounded by the index instead.
    private const int BytesPerKey = 512;
    private const int SmallShare = 10;
    private const int PromotingHits = 2;
    private const int EvictionsPerOfferMax = 32;
    private const int EvictionsBeforeForce = 8;
    private const int KeysPerLock = 256;
    private const int OffsetBits = 16;
    private const int QuiescenceSpins = 64;

    private readonly Lock _gate = new();
    private readonly HotIndex _index;
    private readonly HotSegments _segments;
    private readonly GhostTable _ghosts;
    private readonly SegmentQueue _small = new();
    private readonly SegmentQueue _main = new();
    private readonly ConcurrentDictionary<RepositoryName, int> _repositories = new();
    private readonly long _smallBytesMax;
    private readonly int _itemBytesMax;
    private volatile HotReader[] _readers = [];
    private volatile IBlobReadObserver[] _observers = [];
    private long _section = 1;
    private int _reserve = -1;
    private long _offers;
    private long _declined;
    private long _evicted;
    private long _promoted;
    private long _ghostHits;
    private long _itemBytes;
    private long _hits;
    private long _misses;
    private long _hitBytes;
    private long _answeredRequests;
    private long _answered;
    private long _answeredBytes;
    private bool _disposed;

    /// <param name="arena">Gives the memory; outlives the set.</param>
    /// <param name="sizeBytes">At least <see cref="SizeBytesMin"/>.</param>
    public HotSet(NativeArena arena, long sizeBytes)
    {
        ArgumentNullException.ThrowIfNull(arena);
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, SizeBytesMin);
        SizeBytes = sizeBytes;
        _index = new HotIndex(sizeBytes / BytesPerKey);
        _segments = new HotSegments(arena, sizeBytes - _index.Bytes);
        _ghosts = new GhostTable(sizeBytes / BytesPerKey / 2);
        _smallBytesMax = sizeBytes / SmallShare;
        _itemBytesMax = (int)Math.Min(ItemBytesMax, sizeBytes / 16);
    }

    public long SizeBytes { get; }

    public HotSetStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                HotReader[] readers = _readers;
                long answered = _answered + readers.Sum(static r => r.Hits);
                long answeredBytes = _answeredBytes + readers.Sum(static r => r.HitBytes);
                return new HotSetStatistics
                {
                    SizeBytes = SizeBytes,
                    TakenBytes = _segments.TakenBytes + _index.Bytes,
                    Items = _index.Count,
                    ItemBytes = _itemBytes,
                    Hits = _hits + answered,
                    Misses = _misses,
                    HitBytes = _hitBytes + answeredBytes,
                    AnsweredRequests = _answeredRequests + readers.Sum(static r => r.Requests),
                    Answered = answered,
                    AnsweredBytes = answeredBytes,
                    Offers = _offers,
                    Declined = _declined,
                    Evicted = _evicted,
                    Promoted = _promoted,
                    GhostHits = _ghostHits,
                };
            }
        }
    }

    public IHotBlobReader OpenReader()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            HotReader reader = new(this);
            _readers = [.. _readers, reader];
            return reader;
        }
    }

    /// <summary>From now on the observer is told of what readers answer.</summary>
    public void Observe(IBlobReadObserver observer)
    {
        lock (_gate)
            _observers = [.. _observers, observer];
    }

    /// <summary>Takes a copy of a true envelope, or declines. The caller's memory is its own again when this returns.</summary>
    public void Offer(RepositoryName repository, ObjectId id, ReadOnlySpan<byte> envelope)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _offers++;
            int number = _repositories.GetOrAdd(repository, static (_, count) => count, _repositories.Count);
            ulong hash = _index.Hash(number, in id);
            if (_index.Find(hash, number, in id, countsHit: false) != 0)
                return;
            if (envelope.IsEmpty || envelope.Length > _itemBytesMax || !TryInsert(hash, number, in id, envelope))
                _declined++;
        }
    }

    /// <summary>
    /// Looks up many ids at once for a caller without a reader: an entry for each that is there, the others stay as they were. The envelopes stay until the
    /// lease is disposed.
    /// </summary>
    /// <returns>Null: none was there.</returns>
    public HotLease? Find(RepositoryName repository, ReadOnlySpan<ObjectId> ids, Span<BlobEntry> entries)
    {
        int number = NumberOf(repository);
        if (number < 0)
        {
            Interlocked.Add(ref _misses, ids.Length);
            return null;
        }

        HotLease? lease = null;
        for (int start = 0; start < ids.Length; start += KeysPerLock)
        {
            int end = Math.Min(ids.Length, start + KeysPerLock);
            // Under the writer's lock nothing is retired, which is all that a section is for.
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                for (int i = start; i < end; i++)
                {
                    if (!TryFind(number, in ids[i], out HotSlice slice))
                    {
                        _misses++;
                        continue;
                    }

                    _hits++;
                    _hitBytes += slice.LengthBytes;
                    Pin(slice.Segment);
                    (lease ??= new HotLease(this)).Add(slice.Segment);
                    entries[i] = BlobEntry.Found(_segments.MemoryOf(slice.Segment, slice.Address, slice.LengthBytes));
                }
            }
        }

        return lease;
    }

    /// <summary>Forgets one envelope. False: it was not there.</summary>
    public bool Remove(RepositoryName repository, ObjectId id)
    {
        int number = NumberOf(repository);
        lock (_gate)
        {
            if (number < 0 || !TryFind(number, in id, out HotSlice slice, countsHit: false))
                return false;
            _itemBytes -= slice.LengthBytes;
            _index.Remove(_index.Hash(number, in id), number, in id);
            return true;
        }
    }

    /// <summary>Forgets everything. Replies on their way stay whole.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _small.Close();
            _main.Close();
            while (_small.Closed.TryDequeue(out int segment) || _main.Closed.TryDequeue(out segment))
                Evict(segment, fromSmall: false, isForced: true);
            _small.Bytes = _main.Bytes = 0;
        }
    }

    /// <summary>Every reader and lease must be gone: their memory goes with this.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _segments.Dispose();
            _index.Dispose();
        }
    }

    /// <summary>-1: nothing of it was ever offered, so nothing of it is here. Names that strangers make up are not remembered.</summary>
    internal int NumberOf(RepositoryName repository) => _repositories.TryGetValue(repository, out int number) ? number : -1;

    /// <summary>Within a section, or under the writer's lock.</summary>
    internal bool TryFind(int repository, in ObjectId id, out HotSlice slice, bool countsHit = true)
    {
        ulong location = _index.Find(_index.Hash(repository, in id), repository, in id, countsHit);
        if (location == 0)
        {
            slice = default;
            return false;
        }

        HotItem* item = ItemAt(location, out int segment);
        slice = new HotSlice((byte*)(item + 1), item->LengthBytes, segment);
        return true;
    }

    /// <summary>Within a section, or under the writer's lock.</summary>
    internal void Pin(int segment) => Interlocked.Increment(ref _segments[segment].Pins);

    /// <summary>Any thread.</summary>
    internal void Release(int segment) => Interlocked.Decrement(ref _segments[segment].Pins);

    internal void Answered(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> slices, TimeSpan elapsed)
    {
        foreach (IBlobReadObserver observer in _observers)
            observer.OnAnsweredHot(repository, ids, slices, elapsed);
    }

    internal long CurrentSection => Volatile.Read(ref _section);

    internal void Close(HotReader reader)
    {
        lock (_gate)
        {
            _answeredRequests += reader.Requests;
            _answered += reader.Hits;
            _answeredBytes += reader.HitBytes;
            _readers = [.. _readers.Where(r => r != reader)];
        }
    }

    private static ulong LocationOf(int segment, int offset) => ((ulong)(uint)(segment + 1) << OffsetBits) | (uint)(offset / HotItem.Alignment);

    private HotItem* ItemAt(ulong location, out int segment)
    {
        segment = (int)(location >> OffsetBits) - 1;
        return (HotItem*)(_segments[segment].Base + ((location & ((1 << OffsetBits) - 1)) * HotItem.Alignment));
    }

    private bool TryInsert(ulong hash, int repository, in ObjectId id, ReadOnlySpan<byte> envelope)
    {
        SegmentQueue queue = _small;
        if (_ghosts.Take(hash))
        {
            _ghostHits++;
            queue = _main;
        }

        int segment = TryAppend(queue, new HotItem { Id = id, Repository = repository, LengthBytes = envelope.Length }, envelope, out int offset, mayEvict: true);
        if (segment < 0)
            return false;
        // Its shard may be full although there is memory: envelopes are shorter than the index was sized for.
        bool isIndexed = _index.TryAdd(hash, repository, in id, LocationOf(segment, offset));
        for (int i = 0; !isIndexed && i < EvictionsBeforeForce && EvictOldest(isForced: false); i++)
            isIndexed = _index.TryAdd(hash, repository, in id, LocationOf(segment, offset));
        if (isIndexed)
            _itemBytes += envelope.Length;
        return isIndexed;
    }

    /// <returns>The segment, or -1: no room.</returns>
    private int TryAppend(SegmentQueue queue, HotItem item, ReadOnlySpan<byte> envelope, out int offset, bool mayEvict)
    {
        int space = HotItem.Space(envelope.Length);
        offset = 0;
        int segment;
        if (space > HotSegments.SharedBytes / 2)
        {
            segment = TryTake(NativeArena.PagesFor(space), mayEvict);
            if (segment < 0)
                return -1;
            queue.Closed.Enqueue(segment);
            queue.Bytes += (long)_segments[segment].Pages * NativeArena.PageBytes;
        }
        else
        {
            if (queue.Open < 0 || _segments[queue.Open].UsedBytes + space > HotSegments.SharedBytes)
            {
                int taken = TryTake(HotSegments.SharedPages, mayEvict);
                if (taken < 0)
                    return -1;
                queue.Close();
                queue.Open = taken;
                queue.Bytes += HotSegments.SharedBytes;
            }

            segment = queue.Open;
            offset = _segments[segment].UsedBytes;
        }

        ref HotSegments.Segment target = ref _segments[segment];
        HotItem* place = (HotItem*)(target.Base + offset);
        *place = item;
        envelope.CopyTo(new Span<byte>(place + 1, envelope.Length));
        target.UsedBytes = offset + space;
        return segment;
    }

    private int TryTake(int pages, bool mayEvict)
    {
        if (!mayEvict)
        {
            // For survivors of the segment that is being evicted: one is kept for them.
            int reserve = pages == HotSegments.SharedPages ? _reserve : -1;
            _reserve = reserve >= 0 ? -1 : _reserve;
            return reserve >= 0 ? reserve : _segments.TryTake(pages, OldestSection());
        }

        for (int evictions = 0; evictions <= EvictionsPerOfferMax; evictions++)
        {
            int segment = _segments.TryTake(pages, OldestSection());
            if (segment >= 0 && _reserve < 0)
            {
                // The first of all, and whenever it was used.
                _reserve = _segments.TryTake(HotSegments.SharedPages, OldestSection());
            }

            if (segment >= 0 || !EvictOldest(isForced: evictions >= EvictionsBeforeForce))
                return segment;
        }

        return -1;
    }

    private bool EvictOldest(bool isForced)
    {
        bool fromSmall = _small.Closed.Count > 0 && (_small.Bytes > _smallBytesMax || _main.Closed.Count == 0);
        SegmentQueue queue = fromSmall ? _small : _main;
        if (!queue.Closed.TryDequeue(out int segment))
            return false;
        queue.Bytes -= (long)_segments[segment].Pages * NativeArena.PageBytes;
        Evict(segment, fromSmall, isForced);
        return true;
    }

    private void Evict(int segment, bool fromSmall, bool isForced)
    {
        ref HotSegments.Segment evicted = ref _segments[segment];
        for (int offset = 0; offset < evicted.UsedBytes;)
        {
            HotItem* item = (HotItem*)(evicted.Base + offset);
            ulong location = LocationOf(segment, offset);
            offset += HotItem.Space(item->LengthBytes);
            ulong hash = _index.Hash(item->Repository, in item->Id);
            int hits = _index.HitsAt(hash, item->Repository, in item->Id, location);
            if (hits < 0)
                continue;
            bool survives = !isForced && hits >= (fromSmall ? PromotingHits : 1);
            int hitsLeft = fromSmall ? 0 : hits - 1;
            if (survives && evicted.Pages != HotSegments.SharedPages)
            {
                // Alone in its segment: the segment moves, not the envelope.
                _index.Move(hash, item->Repository, in item->Id, location, hitsLeft);
                _main.Closed.Enqueue(segment);
                _main.Bytes += (long)evicted.Pages * NativeArena.PageBytes;
                _promoted += fromSmall ? 1 : 0;
                return;
            }

            if (survives)
            {
                int target = TryAppend(_main, *item, new ReadOnlySpan<byte>(item + 1, item->LengthBytes), out int targetOffset, mayEvict: false);
                if (target >= 0)
                {
                    _index.Move(hash, item->Repository, in item->Id, LocationOf(target, targetOffset), hitsLeft);
                    _promoted += fromSmall ? 1 : 0;
                    continue;
                }
            }

            if (fromSmall)
                _ghosts.Add(hash);
            _index.Remove(hash, item->Repository, in item->Id);
            _itemBytes -= item->LengthBytes;
            _evicted++;
        }

        // Whoever began before this number may have seen keys that led here.
        long section = Interlocked.Increment(ref _section);
        _segments.Retire(segment, section);
        for (int i = 0; i < QuiescenceSpins && OldestSection() < section; i++)
            Thread.SpinWait(16);
        _segments.Reclaim(OldestSection());
        if (_reserve < 0)
            _reserve = _segments.TryTake(HotSegments.SharedPages, OldestSection());
    }

    private long OldestSection()
    {
        long oldest = long.MaxValue;
        foreach (HotReader reader in _readers)
        {
            long section = reader.Section;
            if (section != HotReader.Outside)
                oldest = Math.Min(oldest, section);
        }

        return oldest;
    }

    /// <summary>Segments in the order they were begun; the open one is being filled.</summary>
    private sealed class SegmentQueue
    {
        public Queue<int> Closed { get; } = new();

        public int Open { get; set; } = -1;

        public long Bytes { get; set; }

        public void Close()
        {
            if (Open >= 0)
                Closed.Enqueue(Open);
            Open = -1;
        }
    }
}
