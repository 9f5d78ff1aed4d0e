using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>
/// A run of bytes at a fixed address (<c>ucp_dt_iov_t</c>). The memory is native or pinned, and stays so until the operation that was given
/// the segment reports its completion: UCX reads and writes it at any time in between.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct UcxSegment(byte* address, nuint lengthBytes)
{
    private readonly byte* _address = address;
    private readonly nuint _lengthBytes = lengthBytes;

    public byte* Address => _address;

    public nuint LengthBytes => _lengthBytes;
}
