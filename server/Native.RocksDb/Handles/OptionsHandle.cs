namespace Monorepo.Native.RocksDb.Handles;

internal sealed class OptionsHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_options_destroy(handle);
}
