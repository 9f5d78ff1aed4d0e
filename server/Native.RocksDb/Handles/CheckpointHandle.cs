namespace Monorepo.Native.RocksDb.Handles;

internal sealed class CheckpointHandle : NativeHandle
{
    protected override void Destroy() => NativeMethods.rocksdb_checkpoint_object_destroy(handle);
}
