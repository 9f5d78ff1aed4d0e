namespace Monorepo.Native.RocksDb.Handles;

internal sealed class WriteOptionsHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_writeoptions_destroy(handle);
}
