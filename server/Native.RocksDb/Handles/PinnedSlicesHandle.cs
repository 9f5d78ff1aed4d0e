namespace Monorepo.Native.RocksDb.Handles;

/// <summary>Owns the slices of one multi-get together, zero where a key is absent: one finalizable object a batch, not one a key.</summary>
internal sealed class PinnedSlicesHandle : NativeHandle
{
    private readonly nint[] _slices;

    public PinnedSlicesHandle(nint[] slices, ColumnFamilyHandle columnFamily)
    {
        _slices = slices;
        KeepAlive(columnFamily);
        // Not an address: it only marks the handle as one that has something to release.
        SetHandle(1);
    }

    public nint this[int index] => _slices[index];

    public int Count => _slices.Length;

    protected override void Destroy()
    {
        foreach (nint slice in _slices)
        {
            if (slice != 0)
                NativeMethods.rocksdb_pinnableslice_destroy(slice);
        }
    }
}
