using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>
/// Changes that <see cref="Database.Write"/> applies together or not at all, in the order they were added. Keys and values are copied
/// in native memory as they are added, so the batch's size is bounded by its user. Not thread-safe; reusable after <see cref="Clear"/>.
/// </summary>
public sealed unsafe class WriteBatch : IDisposable
{
    internal WriteBatchHandle Handle { get; } = NativeMethods.rocksdb_writebatch_create();

    /// <summary>Changes added since the last <see cref="Clear"/>.</summary>
    public int Count => NativeMethods.rocksdb_writebatch_count(Handle);

    /// <summary>Native memory that the changes take.</summary>
    public long DataBytes
    {
        get
        {
            nuint bytes;
            NativeMethods.rocksdb_writebatch_data(Handle, &bytes);
            return (long)bytes;
        }
    }

    public void Put(ColumnFamily columnFamily, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyStart = key, valueStart = value)
        {
            NativeMethods.rocksdb_writebatch_put_cf(
                Handle, columnFamily.Handle, keyStart, (nuint)key.Length, valueStart, (nuint)value.Length);
        }
    }

    /// <summary>Puts a value that is the two parts one after the other, without joining them first.</summary>
    public void Put(ColumnFamily columnFamily, ReadOnlySpan<byte> key, ReadOnlySpan<byte> valueHead, ReadOnlySpan<byte> valueTail)
    {
        fixed (byte* keyStart = key, headStart = valueHead, tailStart = valueTail)
        {
            byte* keyPart = keyStart;
            nuint keyBytes = (nuint)key.Length;
            byte** values = stackalloc byte*[] { headStart, tailStart };
            nuint* valueBytes = stackalloc nuint[] { (nuint)valueHead.Length, (nuint)valueTail.Length };
            NativeMethods.rocksdb_writebatch_putv_cf(Handle, columnFamily.Handle, 1, &keyPart, &keyBytes, 2, values, valueBytes);
        }
    }

    public void Delete(ColumnFamily columnFamily, ReadOnlySpan<byte> key)
    {
        fixed (byte* keyStart = key)
            NativeMethods.rocksdb_writebatch_delete_cf(Handle, columnFamily.Handle, keyStart, (nuint)key.Length);
    }

    /// <summary>Deletes every key from <paramref name="start"/> on and before <paramref name="end"/>.</summary>
    public void DeleteRange(ColumnFamily columnFamily, ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        fixed (byte* startStart = start, endStart = end)
        {
            NativeMethods.rocksdb_writebatch_delete_range_cf(
                Handle, columnFamily.Handle, startStart, (nuint)start.Length, endStart, (nuint)end.Length);
        }
    }

    public void Clear() => NativeMethods.rocksdb_writebatch_clear(Handle);

    public void Dispose() => Handle.Dispose();
}
