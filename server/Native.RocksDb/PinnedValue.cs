using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// One value where RocksDB has it: no copy was made. It holds a cache block or memtable in place (it counts against the
/// block cache's limit), so dispose it soon.
/// </summary>
public sealed unsafe class PinnedValue : IDisposable
{
    private readonly PinnedSliceHandle _handle;

    internal PinnedValue(PinnedSliceHandle handle) => _handle = handle;

    /// <summary>The bytes, valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The value was disposed.</exception>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
            return Read(_handle.DangerousGetHandle());
        }
    }

    public void Dispose() => _handle.Dispose();

    internal static ReadOnlySpan<byte> Read(nint slice)
    {
        nuint bytes;
        byte* start = NativeMethods.rocksdb_pinnableslice_value(slice, &bytes);
        return new ReadOnlySpan<byte>(start, checked((int)bytes));
    }
}

/// <summary>The answers of a multi-get, in the order of its keys, where RocksDB has them. Dispose it soon, as with <see cref="PinnedValue"/>.</summary>
public sealed class PinnedValues : IDisposable
{
    private readonly PinnedSlicesHandle _handle;

    internal PinnedValues(PinnedSlicesHandle handle) => _handle = handle;

    /// <summary>The number of keys asked for.</summary>
    public int Count => _handle.Count;

    /// <summary>Whether the key at <paramref name="index"/> is present.</summary>
    public bool Contains(int index) => _handle[index] != 0;

    /// <summary>Gives the value of the key at <paramref name="index"/>, valid until <see cref="Dispose"/>; false when the key is absent.</summary>
    /// <exception cref="ObjectDisposedException">The values were disposed.</exception>
    public bool TryGet(int index, out ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        nint slice = _handle[index];
        value = slice == 0 ? default : PinnedValue.Read(slice);
        return slice != 0;
    }

    public void Dispose() => _handle.Dispose();
}
