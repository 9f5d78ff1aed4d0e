namespace Monorepo.Native.RocksDb.Handles;

internal sealed class TableOptionsHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_block_based_options_destroy(handle);
}
