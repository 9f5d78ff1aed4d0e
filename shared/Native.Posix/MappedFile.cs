using System.Buffers;

namespace Monorepo.Native.Posix;

/// <summary>
/// A file mapped read-only into memory. The mapping outlives the descriptor. The file must only ever be replaced by rename:
/// a reader of a mapping whose file was cut short is killed by SIGBUS. Dispose unmaps; spans taken before must not be used after.
/// Without Dispose the mapping stays until the process ends.
/// </summary>
public sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly int _length;

    // Mappings start at a page's beginning, the bytes wanted somewhere in it.
    private readonly int _skipped;
    private byte* _address;

    /// <param name="descriptor">An open file of at least <paramref name="offset"/> + <paramref name="length"/> bytes.</param>
    /// <param name="length">Bytes to map, 0 or more.</param>
    /// <param name="offset">Of the first.</param>
    public MappedFile(FileDescriptor descriptor, int length, long offset = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        _length = length;
        if (length == 0)
            return;
        _skipped = (int)(offset % Environment.SystemPageSize);
        void* address = NativeMethods.mmap(null, MappedBytes, 1, 1, descriptor, offset - _skipped);
        if ((nint)address == -1)
            PosixFile.LastErrno().ThrowIfFailed("mmap");
        _address = (byte*)address + _skipped;
    }

    private nuint MappedBytes => (nuint)_length + (nuint)_skipped;

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_length > 0 && _address == null, this);
        return new Span<byte>(_address, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (_address != null)
            _ = NativeMethods.munmap(_address - _skipped, MappedBytes);
        _address = null;
    }
}
