namespace Monorepo.Native.RocksDb.Handles;

internal sealed class DatabaseHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_close(handle);
}
