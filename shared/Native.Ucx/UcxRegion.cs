namespace Monorepo.Native.Ucx;

/// <summary>
/// Memory that a context's network devices know. On InfiniBand and RoCE registering costs as much as sending megabytes, so it is done once for the whole
/// arena and what is sent from it goes straight from where it lies; tcp and shared memory need none (measured: no faster with it). Any thread.
/// </summary>
public sealed unsafe class UcxRegion : IDisposable
{
    private readonly UcxContext _context;
    private readonly byte* _address;
    private readonly nuint _lengthBytes;
    private bool _disposed;

    private UcxRegion(UcxContext context, byte* address, nuint lengthBytes, nint handle)
    {
        _context = context;
        _address = address;
        _lengthBytes = lengthBytes;
        Handle = handle;
    }

    internal nint Handle { get; }

    /// <param name="context">Must outlive the region.</param>
    /// <param name="memory">Stays where it is until the region is disposed. A card pins all of it: the limit on locked memory (ulimit -l) must allow that.</param>
    /// <exception cref="UcxException">The devices can't register so much.</exception>
    public static UcxRegion Register(UcxContext context, UcxSegment memory)
    {
        ArgumentNullException.ThrowIfNull(context);
        UcpMemMapParams parameters = new()
        {
            FieldMask = UcpMemMapParams.FieldAddress | UcpMemMapParams.FieldLength,
            Address = memory.Address,
            Length = memory.LengthBytes,
        };
        nint handle;
        UcxException.ThrowIfFailed(NativeMethods.ucp_mem_map(context.Handle, &parameters, &handle), "ucp_mem_map");
        return new UcxRegion(context, memory.Address, memory.LengthBytes, handle);
    }

    /// <summary>No operation may be under way in it.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _ = NativeMethods.ucp_mem_unmap(_context.Handle, Handle);
    }

    internal bool Holds(UcxSegment segment) =>
        segment.Address >= _address && segment.Address + segment.LengthBytes <= _address + _lengthBytes;
}
