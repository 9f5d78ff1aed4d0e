using Microsoft.Win32.SafeHandles;

namespace Monorepo.Native.Zstd;

internal sealed class CompressionContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public CompressionContextHandle()
        : base(ownsHandle: true) => SetHandle(ZstdLibrary.Load(NativeMethods.ZSTD_createCCtx));

    protected override bool ReleaseHandle()
    {
        NativeMethods.ZSTD_freeCCtx(handle);
        return true;
    }
}

internal sealed class DecompressionContextHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public DecompressionContextHandle()
        : base(ownsHandle: true) => SetHandle(ZstdLibrary.Load(NativeMethods.ZSTD_createDCtx));

    protected override bool ReleaseHandle()
    {
        NativeMethods.ZSTD_freeDCtx(handle);
        return true;
    }
}
