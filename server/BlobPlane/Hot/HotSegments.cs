using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Monorepo.Blobs.Memory;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Hot;

/// <summary>
/// Runs of pages that envelopes are appended to. A segment that was retired is reused when no section that may have seen it is open any more and no pin
/// is on it. The records are native, because readers look at them while the writer adds some; a record once made stays. For the writer, except where a
/// member says otherwise.
/// </summary>
internal sealed unsafe class HotSegments : IDisposable
{
    /// <summary>Of segments that many envelopes share.</summary>
    public const int SharedPages = 16;

    public const int SharedBytes = SharedPages * NativeArena.PageBytes;

    private readonly NativeArena _arena;
    private readonly long _limitBytes;
    private readonly int _recordsMax;
    private readonly List<int> _unusedRecords = [];
    private readonly List<int> _retired = [];
    private readonly NativeView[] _views;
    private Segment* _segments;
    private int _records;

    /// <param name="arena">Outlives this.</param>
    /// <param name="limitBytes">At most so much of it.</param>
    public HotSegments(NativeArena arena, long limitBytes)
    {
        _arena = arena;
        _limitBytes = limitBytes;
        // As many as there would be if every one were of the shared size, and as many again for the larger and the retired.
        _recordsMax = checked((int)(2 * (limitBytes / SharedBytes + 8)));
        _segments = (Segment*)NativeMemory.AlignedAlloc((nuint)_recordsMax * (nuint)sizeof(Segment), (nuint)sizeof(Segment));
        new Span<byte>(_segments, _recordsMax * sizeof(Segment)).Clear();
        _views = new NativeView[_recordsMax];
    }

    /// <summary>Taken from the arena.</summary>
    public long TakenBytes { get; private set; }

    /// <summary>Any thread.</summary>
    public ref Segment this[int segment] => ref _segments[segment];

    /// <summary>Any thread: memory of an envelope in a segment that is pinned.</summary>
    public ReadOnlyMemory<byte> MemoryOf(int segment, byte* address, int lengthBytes) =>
        _views[segment].Memory.Slice((int)(address - _segments[segment].Base), lengthBytes);

    /// <summary>A segment with nothing in it, or -1: no room until another is retired, or a retired one is let go of.</summary>
    public int TryTake(int pages, long oldestSection)
    {
        Reclaim(oldestSection);
        long bytes = (long)pages * NativeArena.PageBytes;
        int record = _unusedRecords.Count > 0 ? _unusedRecords[^1] : _records < _recordsMax ? _records : -1;
        if (record < 0 || TakenBytes + bytes > _limitBytes)
            return -1;
        byte* address = _arena.TryRent(pages, MemoryOwner.HotSet);
        if (address == null)
            return -1;
        if (record == _records)
            _records++;
        else
            _unusedRecords.RemoveAt(_unusedRecords.Count - 1);
        TakenBytes += bytes;
        _segments[record] = new Segment { Base = address, Pages = pages };
        _views[record] = new NativeView(address, checked((int)bytes));
        return record;
    }

    /// <param name="segment">No key leads to it any more.</param>
    /// <param name="section">Sections that began before this may still read it.</param>
    public void Retire(int segment, long section)
    {
        _segments[segment].RetiredAt = section;
        _retired.Add(segment);
    }

    /// <summary>Frees retired segments that nobody reads.</summary>
    public void Reclaim(long oldestSection)
    {
        for (int i = _retired.Count - 1; i >= 0; i--)
        {
            ref Segment segment = ref _segments[_retired[i]];
            if (segment.RetiredAt > oldestSection || Volatile.Read(ref segment.Pins) != 0)
                continue;
            Free(_retired[i]);
            _retired.RemoveAt(i);
        }
    }

    public void Dispose()
    {
        for (int record = 0; record < _records; record++)
        {
            if (_segments[record].Base != null)
                Free(record);
        }

        NativeMemory.AlignedFree(_segments);
        _segments = null;
    }

    private void Free(int record)
    {
        ref Segment segment = ref _segments[record];
        long bytes = (long)segment.Pages * NativeArena.PageBytes;
        _arena.Return(segment.Base, segment.Pages, MemoryOwner.HotSet);
        TakenBytes -= bytes;
        segment = default;
        _unusedRecords.Add(record);
    }

    /// <summary>A cache line of its own, for several threads pin.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    internal struct Segment
    {
        internal byte* Base;
        internal long RetiredAt;
        internal int Pages;
        internal int Pins;
        internal int UsedBytes;
    }

    /// <summary>Lets managed code see a segment. Owns nothing: whoever holds a memory of it holds a pin.</summary>
    private sealed class NativeView(byte* address, int lengthBytes) : System.Buffers.MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(address, lengthBytes);

        public override System.Buffers.MemoryHandle Pin(int elementIndex = 0) => new(address + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

/// <summary>What stands before each envelope in a segment. The envelope follows at the next multiple of 16.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct HotItem
{
    public const int SizeBytes = 32;
    public const int Alignment = 16;

    public ObjectId Id;
    public int Repository;
    public int LengthBytes;

    /// <summary>Bytes to the next item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Space(int lengthBytes) => SizeBytes + ((lengthBytes + Alignment - 1) & ~(Alignment - 1));
}
