namespace Monorepo.Native.RocksDb.Handles;

internal sealed class MemoryUsageHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_approximate_memory_usage_destroy(handle);
}
