namespace Monorepo.Native.RocksDb.Handles;

internal sealed class CacheHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_cache_destroy(handle);
}
