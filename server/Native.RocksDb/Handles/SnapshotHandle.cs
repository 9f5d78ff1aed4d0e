namespace Monorepo.Native.RocksDb.Handles;

internal sealed class SnapshotHandle : NativeHandle
{
    public SnapshotHandle(nint value, DatabaseHandle database)
    {
        SetHandle(value);
        KeepAlive(database);
    }

    // The parent is referenced until after this call, so its raw pointer is good here.
    protected override void Destroy() => NativeMethods.rocksdb_release_snapshot(Parent!.DangerousGetHandle(), handle);
}
