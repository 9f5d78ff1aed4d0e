using Monorepo.Native.RocksDb;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>The names of the column families and how each is tuned.</summary>
internal static class StoreColumnFamilies
{
    public const string Meta = "meta";
    public const string Headers = "headers";
    public const string Objects = "objects";
    public const string Log = "log";
    public const string Positions = "positions";
    public const string Refs = "refs";
    public const string RefLog = "reflog";

    /// <summary>
    /// Envelopes from here on go to blob files: compaction then moves 30 bytes of key instead of them. Below it, one read of a
    /// table block is cheaper than a second read from a blob file.
    /// </summary>
    public const int BlobValueBytesMin = 8 << 10;

    private const double BloomBitsPerKey = 10;
    private const int BlockBytes = 16 << 10;

    public static readonly IReadOnlyList<string> Names = [Meta, Headers, Objects, Log, Positions, Refs, RefLog];

    public static IReadOnlyList<ColumnFamilyDefinition> Define(BlockCache cache, long writeBufferBytes)
    {
        // Index and filter blocks stay out of the cache: a flush that found it full of pinned blocks would fail, and stop all writes.
        ColumnFamilyOptions ranges = new()
        {
            BlockCache = cache,
            BlockBytes = BlockBytes,
            WriteBufferBytes = writeBufferBytes / 4,
            WriteBuffersMax = 3,
            Compression = Compression.Lz4,
            BottommostCompression = Compression.Zstd,
        };

        // Ids do not compress, and envelopes are compressed already.
        ColumnFamilyOptions points = ranges with
        {
            BloomBitsPerKey = BloomBitsPerKey,
            BlockBytes = BlockBytes / 4,
            Compression = Compression.None,
            BottommostCompression = Compression.None,
        };
        ColumnFamilyOptions objects = points with
        {
            BlockBytes = BlockBytes,
            BlobFiles = new BlobFileOptions { ValueBytesMin = BlobValueBytesMin, Compression = Compression.None },
        };
        return
        [
            new(Meta, ranges), new(Headers, points), new(Objects, objects), new(Log, ranges),
            new(Positions, points), new(Refs, ranges), new(RefLog, ranges),
        ];
    }
}
