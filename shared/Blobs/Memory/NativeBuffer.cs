using System.Buffers;

namespace Monorepo.Blobs.Memory;

/// <summary>
/// A block of native memory, held by as many as share it; the last to release it gives it back. At a fixed address, so a network card may read and write
/// it. Nothing taken from it may be touched after one's own release.
/// </summary>
public sealed unsafe class NativeBuffer : MemoryManager<byte>
{
    private readonly BufferPool _pool;
    private readonly byte* _address;
    private readonly int _capacityBytes;
    private int _holders = 1;

    internal NativeBuffer(BufferPool pool, byte* address, int lengthBytes, int capacityBytes, MemoryOwner owner)
    {
        _pool = pool;
        _address = address;
        LengthBytes = lengthBytes;
        _capacityBytes = capacityBytes;
        Owner = owner;
    }

    /// <summary>As asked for.</summary>
    public int LengthBytes { get; }

    internal MemoryOwner Owner { get; }

    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public byte* Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _holders) <= 0, this);
            return _address;
        }
    }

    public override Memory<byte> Memory => CreateMemory(LengthBytes);

    public override Span<byte> GetSpan() => new(Address, LengthBytes);

    /// <summary>One more holder. Only who holds it may share it.</summary>
    public NativeBuffer Share()
    {
        ObjectDisposedException.ThrowIf(Interlocked.Increment(ref _holders) <= 1, this);
        return this;
    }

    /// <summary>One holder less.</summary>
    /// <exception cref="InvalidOperationException">Nobody holds it.</exception>
    public void Release()
    {
        int holders = Interlocked.Decrement(ref _holders);
        if (holders < 0)
            throw new InvalidOperationException("A buffer was released by more than held it.");
        if (holders == 0)
            _pool.Return(this, _address, _capacityBytes);
    }

    /// <summary>The address never moves, so the handle holds nothing.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        if ((uint)elementIndex > (uint)LengthBytes)
            throw new ArgumentOutOfRangeException(nameof(elementIndex));
        return new MemoryHandle(Address + elementIndex);
    }

    public override void Unpin()
    {
    }

    /// <summary>The same as <see cref="Release"/>, for owners that know it as a disposable.</summary>
    protected override void Dispose(bool disposing) => Release();
}

/// <summary>Native memory was not given back. A defect; in debug builds the message says where it was taken.</summary>
public sealed class BufferLeakException(string message) : InvalidOperationException(message);
