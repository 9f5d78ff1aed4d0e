namespace Monorepo.Native.RocksDb.Handles;

internal sealed class ColumnFamilyHandle : NativeHandle
{
    public ColumnFamilyHandle(nint value, DatabaseHandle database)
    {
        SetHandle(value);
        KeepAlive(database);
    }

    protected override void Destroy() => NativeMethods.rocksdb_column_family_handle_destroy(handle);
}
