namespace Monorepo.Native.RocksDb.Handles;

internal sealed class FilterPolicyHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_filterpolicy_destroy(handle);
}
