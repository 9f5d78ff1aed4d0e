using System.Buffers;
using System.Runtime.InteropServices;

namespace Monorepo.Blobs;

/// <summary>
/// Uninitialised memory outside the garbage-collected heap, at a fixed address: what a network card may read and write. One owner disposes it;
/// afterwards no span taken from it may be touched. Without a dispose it leaks: a finalizer could free it under a live span.
/// </summary>
public sealed unsafe class NativeBytes : MemoryManager<byte>
{
    private readonly int _lengthBytes;
    private byte* _address;

    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public NativeBytes(int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        _lengthBytes = lengthBytes;
        _address = (byte*)NativeMemory.Alloc((nuint)lengthBytes);
    }

    public int LengthBytes => _lengthBytes;

    /// <exception cref="ObjectDisposedException">The block was freed.</exception>
    public byte* Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == null, this);
            return _address;
        }
    }

    public override Span<byte> GetSpan() => new(Address, _lengthBytes);

    public override Memory<byte> Memory => CreateMemory(_lengthBytes);

    /// <summary>The address never moves, so the handle holds nothing.</summary>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        if ((uint)elementIndex > (uint)_lengthBytes)
            throw new ArgumentOutOfRangeException(nameof(elementIndex));
        return new MemoryHandle(Address + elementIndex);
    }

    public override void Unpin()
    {
    }

    public void Dispose() => ((IDisposable)this).Dispose();

    protected override void Dispose(bool disposing)
    {
        byte* address = _address;
        _address = null;
        NativeMemory.Free(address);
    }
}
