namespace Monorepo.Blobs.Memory;

/// <summary>
/// Blocks of native memory in size classes, from an arena that several pools share. Each I/O thread has a pool of its own, so its lock is free when it is
/// taken; buffers may be released on any thread and go back to the pool they came from. An empty slab goes back to the arena unless it is its class's last.
/// </summary>
public sealed unsafe class BufferPool : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Slab>[] _partial;
    private readonly long[] _heldBytes = new long[MemoryStatistics.OwnerCount];
    private readonly string _name;
    private readonly bool _ownsArena;
    private int _outstanding;
    private bool _disposed;
#if DEBUG
    private readonly Dictionary<NativeBuffer, System.Diagnostics.StackTrace> _rented = [];
#endif

    /// <param name="arena">Outlives the pool, or is its own.</param>
    /// <param name="name">For messages about leaks.</param>
    /// <param name="ownsArena">The arena goes when the pool was disposed and its last buffer released.</param>
    public BufferPool(NativeArena arena, string name, bool ownsArena = false)
    {
        ArgumentNullException.ThrowIfNull(arena);
        Arena = arena;
        _name = name;
        _ownsArena = ownsArena;
        _partial = new List<Slab>[SizeClasses.Count];
        for (int i = 0; i < _partial.Length; i++)
            _partial[i] = [];
        arena.Register(this);
    }

    public NativeArena Arena { get; }

    /// <summary>Buffers rented and not yet released by the last who held them.</summary>
    public int Outstanding
    {
        get
        {
            lock (_gate)
                return _outstanding;
        }
    }

    /// <summary>A buffer with anything in it, held once, or null: the arena's limit. Zero bytes are fine.</summary>
    public NativeBuffer? TryRent(int lengthBytes, MemoryOwner owner)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        byte* address;
        int capacity;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            address = lengthBytes > SizeClasses.BytesMax ? RentRun(lengthBytes, out capacity) : RentBlock(lengthBytes, out capacity);
            if (address == null)
                return null;
            _outstanding++;
            _heldBytes[(int)owner] += capacity;
            NativeBuffer buffer = new(this, address, lengthBytes, capacity, owner);
#if DEBUG
            _rented.Add(buffer, new System.Diagnostics.StackTrace(skipFrames: 1));
#endif
            return buffer;
        }
    }

    /// <summary>For owners whose buffers must all be back by now. In debug builds it says where those that are not were rented.</summary>
    /// <exception cref="BufferLeakException">There are some.</exception>
    public void ThrowIfLeaked()
    {
        lock (_gate)
        {
            if (_outstanding == 0)
                return;
            string places = "";
#if DEBUG
            places = $" They were rented here:\n{string.Join("\n\n", _rented.Values)}";
#endif
            throw new BufferLeakException($"{_outstanding} buffers of the pool '{_name}' were not released.{places}");
        }
    }

    /// <summary>Frees the slabs. Buffers still out stay valid, and their memory goes back to the arena as they are released. Idempotent.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (Slab slab in _partial.SelectMany(static slabs => slabs).Where(static slab => slab.Used == 0).ToArray())
                Free(slab);
        }

        Arena.Unregister(this);
        FreeArenaWhenUnused();
    }

    internal long HeldBytes(MemoryOwner owner)
    {
        lock (_gate)
            return _heldBytes[(int)owner];
    }

    internal void Return(NativeBuffer buffer, byte* address, int capacity)
    {
#if DEBUG
        // Whoever still reads it shall notice.
        new Span<byte>(address, capacity).Fill(0xDD);
#endif
        lock (_gate)
        {
            _outstanding--;
            _heldBytes[(int)buffer.Owner] -= capacity;
#if DEBUG
            _rented.Remove(buffer);
#endif
            if (capacity > SizeClasses.BytesMax)
                Arena.ReturnSlab(address, capacity / NativeArena.PageBytes);
            else
                ReturnBlock(address);
        }

        FreeArenaWhenUnused();
    }

    private void ReturnBlock(byte* address)
    {
        Slab slab = Arena.SlabAt(address);
        List<Slab> partial = _partial[slab.SizeClass];
        if (slab.IsFull)
            partial.Add(slab);
        slab.Give(address);
        if (slab.Used == 0 && (_disposed || partial.Count > 1))
            Free(slab);
    }

    private void FreeArenaWhenUnused()
    {
        if (_ownsArena && Volatile.Read(ref _disposed) && Volatile.Read(ref _outstanding) == 0)
            Arena.Dispose();
    }

    private byte* RentRun(int lengthBytes, out int capacity)
    {
        int pages = NativeArena.PagesFor(lengthBytes);
        capacity = checked(pages * NativeArena.PageBytes);
        return Arena.TryRentSlab(pages);
    }

    private byte* RentBlock(int lengthBytes, out int capacity)
    {
        int sizeClass = SizeClasses.Of(lengthBytes);
        capacity = SizeClasses.BytesOf(sizeClass);
        List<Slab> partial = _partial[sizeClass];
        if (partial.Count == 0)
        {
            int pages = SizeClasses.SlabPages(sizeClass);
            byte* address = Arena.TryRentSlab(pages);
            if (address == null)
                return null;
            Slab made = new(this, sizeClass, address, pages);
            Arena.SetSlab(address, pages, made);
            partial.Add(made);
        }

        Slab slab = partial[^1];
        byte* block = slab.Take();
        if (slab.IsFull)
            partial.RemoveAt(partial.Count - 1);
        return block;
    }

    private void Free(Slab slab)
    {
        _partial[slab.SizeClass].Remove(slab);
        Arena.SetSlab(slab.Address, slab.Pages, null);
        Arena.ReturnSlab(slab.Address, slab.Pages);
    }
}
