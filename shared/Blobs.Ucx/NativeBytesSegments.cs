using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

internal static unsafe class NativeBytesSegments
{
    /// <summary>The whole block as what UCX reads or writes.</summary>
    internal static UcxSegment AsSegment(this NativeBytes block) => new(block.Address, (nuint)block.LengthBytes);
}
