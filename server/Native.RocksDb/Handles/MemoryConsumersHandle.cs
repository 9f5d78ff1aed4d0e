namespace Monorepo.Native.RocksDb.Handles;

internal sealed class MemoryConsumersHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_memory_consumers_destroy(handle);
}
