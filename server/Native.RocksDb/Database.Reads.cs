using System.Buffers;
using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

public sealed unsafe partial class Database
{
    /// <summary>The most keys one multi-get takes.</summary>
    public const int MultiGetKeysMax = 65_536;

    /// <summary>Gives a copy of the value; null when the key is absent.</summary>
    public byte[]? Get(ColumnFamily columnFamily, ReadOnlySpan<byte> key, ReadOptions? options = null)
    {
        using PinnedValue? value = GetPinned(columnFamily, key, options);
        return value?.Span.ToArray();
    }

    /// <summary>Gives the value in place, to be disposed by the caller; null when the key is absent.</summary>
    /// <exception cref="RocksDbException">MemoryLimit when the block cache is full of pinned blocks; Corruption, IOError.</exception>
    public PinnedValue? GetPinned(ColumnFamily columnFamily, ReadOnlySpan<byte> key, ReadOptions? options = null)
    {
        nint error = 0;
        PinnedSliceHandle slice;
        fixed (byte* keyStart = key)
        {
            slice = NativeMethods.rocksdb_get_pinned_cf(
                _handle, (options ?? _readDefaults).Handle, columnFamily.Handle, keyStart, (nuint)key.Length, ref error);
        }

        if (error != 0 || slice.IsInvalid)
        {
            slice.Dispose();
            RocksDbStatus.ThrowIfFailed(error);
            return null;
        }

        slice.KeepAlive(columnFamily.Handle);
        return new PinnedValue(slice);
    }

    /// <summary>
    /// Looks up many keys of one length in one call, which reads each filter, index and data block once for all of them. It uses what the
    /// block cache has and puts no data into it: RocksDB 7.8 reads a freed block, or aborts, where a batched read meets the cache's hard limit.
    /// </summary>
    /// <param name="keys">The keys one after the other, at most <see cref="MultiGetKeysMax"/>.</param>
    /// <param name="keyBytes">The length of each.</param>
    /// <param name="keysAreSorted">True saves a sort when the keys are in ascending byte order; a false claim gives wrong answers.</param>
    /// <param name="options">Must not fill the cache; null is the newest state.</param>
    /// <returns>The values in the order of the keys, to be disposed by the caller.</returns>
    /// <exception cref="RocksDbException">One of the lookups failed: none is given.</exception>
    public PinnedValues MultiGet(
        ColumnFamily columnFamily, ReadOnlySpan<byte> keys, int keyBytes, bool keysAreSorted = false, ReadOptions? options = null)
    {
        int count = CountKeys(keys, keyBytes);
        if (options is { FillCache: true })
            throw new ArgumentException("A batched read must not fill the cache.", nameof(options));

        nint[] values = new nint[count];
        PinnedSlicesHandle handle = new(values, columnFamily.Handle);
        if (count == 0)
            return new PinnedValues(handle);

        // One rented array for three columns: key pointers, key lengths, errors.
        nint[] columns = ArrayPool<nint>.Shared.Rent(3 * count);
        try
        {
            RocksDbException? failure = null;
            fixed (byte* keyStart = keys)
            fixed (nint* columnStart = columns, valueStart = values)
            {
                nint* errors = columnStart + (2 * count);
                for (int i = 0; i < count; i++)
                {
                    columnStart[i] = (nint)(keyStart + ((nint)i * keyBytes));
                    columnStart[count + i] = keyBytes;
                    errors[i] = 0;
                }

                NativeMethods.rocksdb_batched_multi_get_cf(
                    _handle, (options ?? _readBeside).Handle, columnFamily.Handle, (nuint)count,
                    (byte**)columnStart, (nuint*)(columnStart + count), valueStart, errors, keysAreSorted ? (byte)1 : (byte)0);

                for (int i = 0; i < count; i++)
                {
                    // Each status text is ours to free, also after the first.
                    if (errors[i] != 0)
                    {
                        RocksDbException error = RocksDbStatus.ToException(errors[i]);
                        failure ??= error;
                    }
                }
            }

            if (failure is not null)
                throw failure;
            return new PinnedValues(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<nint>.Shared.Return(columns);
        }
    }

    /// <summary>Looks up a few keys of one length one after the other, filling the block cache: for the reads that come again.</summary>
    /// <param name="keys">The keys one after the other, at most <see cref="MultiGetKeysMax"/>.</param>
    /// <param name="keyBytes">The length of each.</param>
    /// <returns>The values in the order of the keys, to be disposed by the caller.</returns>
    /// <exception cref="RocksDbException">One of the lookups failed: none is given. MemoryLimit when the cache is full of pinned blocks.</exception>
    public PinnedValues GetEach(ColumnFamily columnFamily, ReadOnlySpan<byte> keys, int keyBytes, ReadOptions? options = null)
    {
        int count = CountKeys(keys, keyBytes);
        nint[] values = new nint[count];
        PinnedSlicesHandle handle = new(values, columnFamily.Handle);
        fixed (byte* keyStart = keys)
        {
            for (int i = 0; i < count; i++)
            {
                nint error = 0;
                using PinnedSliceHandle slice = NativeMethods.rocksdb_get_pinned_cf(
                    _handle, (options ?? _readDefaults).Handle, columnFamily.Handle, keyStart + ((nint)i * keyBytes), (nuint)keyBytes, ref error);
                if (error != 0)
                {
                    handle.Dispose();
                    RocksDbStatus.ThrowIfFailed(error);
                }

                // The batch owns the slice from here on.
                values[i] = slice.DangerousGetHandle();
                slice.SetHandleAsInvalid();
            }
        }

        return new PinnedValues(handle);
    }

    /// <summary>Walks keys in order, over the newest state or over <paramref name="snapshot"/>.</summary>
    /// <param name="lowerBound">The first key it may stand on; empty for none. Copied.</param>
    /// <param name="upperBound">The first key it may not stand on; empty for none. Copied.</param>
    /// <param name="fillCache">False for long scans, which would push everything else out of the block cache.</param>
    /// <param name="readaheadBytes">Read in pieces of this size; 0 lets RocksDB adapt.</param>
    public KeyIterator CreateIterator(
        ColumnFamily columnFamily, ReadOnlySpan<byte> lowerBound = default, ReadOnlySpan<byte> upperBound = default,
        Snapshot? snapshot = null, bool fillCache = true, int readaheadBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(readaheadBytes);
        ReadOptionsHandle options = NativeMethods.rocksdb_readoptions_create();
        NativeMethods.rocksdb_readoptions_set_fill_cache(options, fillCache ? (byte)1 : (byte)0);
        NativeMethods.rocksdb_readoptions_set_readahead_size(options, (nuint)readaheadBytes);
        return new KeyIterator(new IteratorHandle(_handle, columnFamily.Handle, options, snapshot?.Handle, lowerBound, upperBound));
    }

    private static int CountKeys(ReadOnlySpan<byte> keys, int keyBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keyBytes);
        (int count, int rest) = Math.DivRem(keys.Length, keyBytes);
        if (rest != 0)
            throw new ArgumentException($"The keys' length is not a multiple of {keyBytes} bytes.", nameof(keys));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MultiGetKeysMax, nameof(keys));
        return count;
    }
}
