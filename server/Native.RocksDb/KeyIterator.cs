using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// Walks the keys of a column family in byte order, over the state of one moment. Every move says whether it stands on an entry, and
/// throws when the reason it does not is an error rather than the end. Not thread-safe. Dispose it soon: it pins blocks and old versions.
/// </summary>
public sealed unsafe class KeyIterator : IDisposable
{
    private readonly IteratorHandle _handle;

    internal KeyIterator(IteratorHandle handle) => _handle = handle;

    /// <summary>The current entry's key, valid until the next move. Only after a move that returned true.</summary>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            ThrowIfNotOnEntry();
            nuint bytes;
            byte* start = NativeMethods.rocksdb_iter_key(_handle, &bytes);
            return new ReadOnlySpan<byte>(start, checked((int)bytes));
        }
    }

    /// <summary>The current entry's value, valid until the next move. Only after a move that returned true.</summary>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            ThrowIfNotOnEntry();
            nuint bytes;
            byte* start = NativeMethods.rocksdb_iter_value(_handle, &bytes);
            return new ReadOnlySpan<byte>(start, checked((int)bytes));
        }
    }

    public bool SeekToFirst()
    {
        NativeMethods.rocksdb_iter_seek_to_first(_handle);
        return IsOnEntry();
    }

    public bool SeekToLast()
    {
        NativeMethods.rocksdb_iter_seek_to_last(_handle);
        return IsOnEntry();
    }

    /// <summary>Moves to the first entry at <paramref name="key"/> or after it.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        fixed (byte* keyStart = key)
            NativeMethods.rocksdb_iter_seek(_handle, keyStart, (nuint)key.Length);
        return IsOnEntry();
    }

    /// <summary>Moves to the last entry at <paramref name="key"/> or before it.</summary>
    public bool SeekForPrevious(ReadOnlySpan<byte> key)
    {
        fixed (byte* keyStart = key)
            NativeMethods.rocksdb_iter_seek_for_prev(_handle, keyStart, (nuint)key.Length);
        return IsOnEntry();
    }

    /// <summary>Moves one entry on. Only while on an entry.</summary>
    public bool MoveNext()
    {
        ThrowIfNotOnEntry();
        NativeMethods.rocksdb_iter_next(_handle);
        return IsOnEntry();
    }

    /// <summary>Moves one entry back. Only while on an entry.</summary>
    public bool MovePrevious()
    {
        ThrowIfNotOnEntry();
        NativeMethods.rocksdb_iter_prev(_handle);
        return IsOnEntry();
    }

    public void Dispose() => _handle.Dispose();

    private bool IsOnEntry()
    {
        if (NativeMethods.rocksdb_iter_valid(_handle) != 0)
            return true;

        nint error = 0;
        NativeMethods.rocksdb_iter_get_error(_handle, ref error);
        RocksDbStatus.ThrowIfFailed(error);
        return false;
    }

    // Asked off an entry, the library reads through a null pointer.
    private void ThrowIfNotOnEntry()
    {
        if (NativeMethods.rocksdb_iter_valid(_handle) == 0)
            throw new InvalidOperationException("The iterator does not stand on an entry.");
    }
}
