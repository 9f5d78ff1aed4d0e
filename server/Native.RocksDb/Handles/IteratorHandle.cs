using System.Runtime.InteropServices;

namespace Monorepo.Native.RocksDb.Handles;

/// <summary>
/// An iterator with what it points into: RocksDB keeps the address of the bounds inside the read options and of the key bytes
/// that the bounds were made from, and copies neither.
/// </summary>
internal sealed class IteratorHandle : NativeHandle
{
    private readonly ReadOptionsHandle _options;
    private readonly SnapshotHandle? _snapshot;
    private readonly nint _lowerBound;
    private readonly nint _upperBound;

    public unsafe IteratorHandle(
        DatabaseHandle database, ColumnFamilyHandle columnFamily, ReadOptionsHandle options,
        SnapshotHandle? snapshot, ReadOnlySpan<byte> lowerBound, ReadOnlySpan<byte> upperBound)
    {
        _options = options;
        _snapshot = snapshot;
        if (snapshot is not null)
        {
            bool added = false;
            snapshot.DangerousAddRef(ref added);
            NativeMethods.rocksdb_readoptions_set_snapshot(options, snapshot.DangerousGetHandle());
        }

        if (!lowerBound.IsEmpty)
        {
            _lowerBound = Copy(lowerBound);
            NativeMethods.rocksdb_readoptions_set_iterate_lower_bound(options, _lowerBound, (nuint)lowerBound.Length);
        }

        if (!upperBound.IsEmpty)
        {
            _upperBound = Copy(upperBound);
            NativeMethods.rocksdb_readoptions_set_iterate_upper_bound(options, _upperBound, (nuint)upperBound.Length);
        }

        // The column family is referenced, which references the database in turn.
        KeepAlive(columnFamily);
        SetHandle(NativeMethods.rocksdb_create_iterator_cf(database, options, columnFamily));
    }

    protected override unsafe void Destroy()
    {
        NativeMethods.rocksdb_iter_destroy(handle);
        _options.Dispose();
        _snapshot?.DangerousRelease();
        NativeMemory.Free((void*)_lowerBound);
        NativeMemory.Free((void*)_upperBound);
    }

    private static unsafe nint Copy(ReadOnlySpan<byte> bytes)
    {
        void* copy = NativeMemory.Alloc((nuint)bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return (nint)copy;
    }
}
