namespace Monorepo.Native.RocksDb;

/// <summary>How blocks or blob files are compressed; the numbers are RocksDB's and are stored in its files.</summary>
public enum Compression
{
    None = 0,
    Lz4 = 4,
    Zstd = 7,
}
