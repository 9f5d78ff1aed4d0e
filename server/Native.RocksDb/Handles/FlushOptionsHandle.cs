namespace Monorepo.Native.RocksDb.Handles;

internal sealed class FlushOptionsHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_flushoptions_destroy(handle);
}
