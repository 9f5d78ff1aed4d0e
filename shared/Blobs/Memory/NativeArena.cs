using System.Numerics;
using System.Runtime.InteropServices;

namespace Monorepo.Blobs.Memory;

/// <summary>
/// All native memory a process may use for contents: one range of addresses, given out in runs of pages. The size is a hard limit: a run that does not
/// fit is refused, and who asked waits or turns work away. Memory is not touched before it is given out, and given out again from the lowest address,
/// so what is resident is what was needed at the same time. One range also means that a network card needs to know it once (see UcxRegion).
/// </summary>
/// <remarks>Thread-safe; the lock is held for a search of a bitmap. Small blocks come from a <see cref="BufferPool"/> of one's own on top of it.</remarks>
public sealed unsafe class NativeArena : IDisposable
{
    public const int PageBytes = 64 << 10;

    private readonly Lock _gate = new();
    private readonly ulong[] _used;
    private readonly Slab?[] _slabs;
    private readonly List<BufferPool> _pools = [];
    private readonly long[] _runBytes = new long[MemoryStatistics.OwnerCount];
    private readonly int _pages;
    private byte* _base;
    private int _searchFrom;
    private long _takenBytes;
    private long _peakBytes;
    private long _refusals;

    /// <param name="limitBytes">Rounded up to whole pages.</param>
    /// <exception cref="OutOfMemoryException">The system does not have so many addresses to give.</exception>
    public NativeArena(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limitBytes, PageBytes);
        _pages = checked((int)((limitBytes + PageBytes - 1) / PageBytes));
        _used = new ulong[(_pages + 63) / 64];
        _slabs = new Slab?[_pages];
        // The bits past the last page are never free.
        if (_pages % 64 != 0)
            _used[^1] = ulong.MaxValue << (_pages % 64);
        _base = (byte*)NativeMemory.AlignedAlloc((nuint)LimitBytes, PageBytes);
    }

    public long LimitBytes => (long)_pages * PageBytes;

    public byte* Address => _base;

    public MemoryStatistics Statistics
    {
        get
        {
            lock (_gate)
            {
                Dictionary<MemoryOwner, long> held = [];
                foreach (MemoryOwner owner in Enum.GetValues<MemoryOwner>())
                    held[owner] = _runBytes[(int)owner] + _pools.Sum(pool => pool.HeldBytes(owner));
                return new MemoryStatistics
                {
                    LimitBytes = LimitBytes,
                    TakenBytes = _takenBytes,
                    PeakBytes = _peakBytes,
                    HeldBytes = held,
                    Refusals = _refusals,
                };
            }
        }
    }

    public static int PagesFor(long bytes) => checked((int)((bytes + PageBytes - 1) / PageBytes));

    /// <summary>A run of pages with anything in them, or null: the limit.</summary>
    public byte* TryRent(int pages, MemoryOwner owner) => TryRent(pages, (int)owner);

    /// <param name="address">As <see cref="TryRent(int, MemoryOwner)"/> gave it.</param>
    /// <param name="pages">As many as were rented.</param>
    /// <param name="owner">The same.</param>
    public void Return(byte* address, int pages, MemoryOwner owner) => Return(address, pages, (int)owner);

    /// <summary>Frees the range. Everything rented must have been returned; in debug builds that is checked.</summary>
    /// <exception cref="BufferLeakException">Debug builds: it was not.</exception>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_base == null)
                return;
            NativeMemory.AlignedFree(_base);
            _base = null;
        }

#if DEBUG
        if (_takenBytes != 0)
            throw new BufferLeakException($"{_takenBytes} bytes of an arena were not returned: {string.Join(", ", _runBytes)} by owner.");
#endif
    }

    /// <summary>Pages of a pool's slab count for nobody: the pool knows what is held in them.</summary>
    internal byte* TryRentSlab(int pages) => TryRent(pages, owner: -1);

    internal void ReturnSlab(byte* address, int pages) => Return(address, pages, owner: -1);

    internal void Register(BufferPool pool)
    {
        lock (_gate)
            _pools.Add(pool);
    }

    internal void Unregister(BufferPool pool)
    {
        lock (_gate)
            _pools.Remove(pool);
    }

    internal void SetSlab(byte* address, int pages, Slab? slab) => Array.Fill(_slabs, slab, PageOf(address), pages);

    internal Slab SlabAt(byte* address) => _slabs[PageOf(address)]!;

    private int PageOf(byte* address) => (int)((address - _base) / PageBytes);

    private byte* TryRent(int pages, int owner)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_base == null, this);
            int start = Find(pages);
            if (start < 0)
            {
                _refusals++;
                return null;
            }

            Mark(start, pages, used: true);
            long bytes = (long)pages * PageBytes;
            _takenBytes += bytes;
            _peakBytes = Math.Max(_peakBytes, _takenBytes);
            if (owner >= 0)
                _runBytes[owner] += bytes;
            return _base + ((long)start * PageBytes);
        }
    }

    private void Return(byte* address, int pages, int owner)
    {
        lock (_gate)
        {
            int start = PageOf(address);
            Mark(start, pages, used: false);
            _searchFrom = Math.Min(_searchFrom, start / 64);
            long bytes = (long)pages * PageBytes;
            _takenBytes -= bytes;
            if (owner >= 0)
                _runBytes[owner] -= bytes;
        }
    }

    /// <summary>First fit, from the first word that may have a free page.</summary>
    private int Find(int pages)
    {
        while (_searchFrom < _used.Length && _used[_searchFrom] == ulong.MaxValue)
            _searchFrom++;
        int run = 0;
        for (int page = _searchFrom * 64; page < _pages; page++)
        {
            ulong word = _used[page / 64];
            if (page % 64 == 0 && word == ulong.MaxValue)
            {
                run = 0;
                page += 63;
                continue;
            }

            if (page % 64 == 0 && word == 0 && pages - run >= 64)
            {
                run += 64;
                page += 63;
            }
            else
            {
                run = (word >> (page % 64) & 1) == 0 ? run + 1 : 0;
            }

            if (run >= pages)
                return page + 1 - run;
        }

        return -1;
    }

    private void Mark(int start, int pages, bool used)
    {
        for (int page = start, end = start + pages; page < end;)
        {
            int bit = page % 64;
            int count = Math.Min(64 - bit, end - page);
            ulong mask = (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << bit;
            if (BitOperations.PopCount(_used[page / 64] & mask) != (used ? 0 : count))
                throw new InvalidOperationException("Pages are rented twice or returned twice.");
            _used[page / 64] ^= mask;
            page += count;
        }
    }
}
