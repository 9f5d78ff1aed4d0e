namespace Monorepo.Native.RocksDb.Handles;

internal sealed class ReadOptionsHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_readoptions_destroy(handle);
}
