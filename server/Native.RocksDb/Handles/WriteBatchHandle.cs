namespace Monorepo.Native.RocksDb.Handles;

internal sealed class WriteBatchHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_writebatch_destroy(handle);
}
