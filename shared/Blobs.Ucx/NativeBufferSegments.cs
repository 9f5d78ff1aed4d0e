using Monorepo.Blobs.Memory;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

internal static unsafe class NativeBufferSegments
{
    /// <summary>The whole buffer as what UCX reads or writes.</summary>
    internal static UcxSegment AsSegment(this NativeBuffer buffer) => buffer.AsSegment(0, buffer.LengthBytes);

    internal static UcxSegment AsSegment(this NativeBuffer buffer, int offset, int lengthBytes) => new(buffer.Address + offset, (nuint)lengthBytes);
}
