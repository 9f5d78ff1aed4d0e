using Monorepo.Native.RocksDb.Handles;

namespace Monorepo.Native.RocksDb;

/// <summary>How gets read. Immutable and thread-safe; make it once and use it often. Checksums are always verified.</summary>
public sealed class ReadOptions : IDisposable
{
    /// <param name="fillCache">False leaves the block cache as it is: for scans, and for a read that the cache's limit refused.</param>
    /// <param name="snapshot">The moment to read at, kept alive by these options; null reads the newest state.</param>
    public ReadOptions(bool fillCache = true, Snapshot? snapshot = null)
    {
        FillCache = fillCache;
        Handle = NativeMethods.rocksdb_readoptions_create();
        NativeMethods.rocksdb_readoptions_set_fill_cache(Handle, fillCache ? (byte)1 : (byte)0);
        if (snapshot is not null)
        {
            Handle.KeepAlive(snapshot.Handle);
            NativeMethods.rocksdb_readoptions_set_snapshot(Handle, snapshot.Handle.DangerousGetHandle());
        }
    }

    /// <summary>Whether blocks that were read go into the block cache.</summary>
    public bool FillCache { get; }

    internal ReadOptionsHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
