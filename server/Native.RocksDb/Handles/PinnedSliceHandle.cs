namespace Monorepo.Native.RocksDb.Handles;

internal sealed class PinnedSliceHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_pinnableslice_destroy(handle);
}
