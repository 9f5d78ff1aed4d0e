using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Clusters;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>The names of the column families and how each is tuned.</summary>
internal static class StoreColumnFamilies
{
    public const string Meta = "meta";
    public const string Objects = "objects";
    public const string Clusters = "clusters";
    public const string Loose = "loose";
    public const string Log = "log";
    public const string Segments = "segments";
    public const string Positions = "positions";
    public const string Refs = "refs";
    public const string RefLog = "reflog";
    public const string Paths = "paths";

    private const double BloomBitsPerKey = 10;
    private const int BlockBytes = 16 << 10;

    public static readonly IReadOnlyList<string> Names = [Meta, Objects, Clusters, Loose, Log, Segments, Positions, Refs, RefLog, Paths];

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

        // Ids do not compress, but what stands beside them does where it is cheap: in the level that is written last and read in whole batches.
        ColumnFamilyOptions points = ranges with
        {
            BloomBitsPerKey = BloomBitsPerKey,
            // Before a write, each new id is looked up, and found to be absent.
            FilterMemtables = true,
            BlockBytes = BlockBytes / 4,
            Compression = Compression.None,
        };

        // Compressed already, as segments are. Numbers only grow, so that compaction moves whole tables; large values are not even in them.
        ColumnFamilyOptions clusters = ranges with
        {
            Compression = Compression.None,
            BottommostCompression = Compression.None,
            BlobFiles = new BlobFileOptions { ValueBytesMin = ClusterLimits.LooseBytesMax, Compression = Compression.None },
        };

        // Read by key when it grows, and in key order when it is asked; keys that share a directory compress well.
        ColumnFamilyOptions paths = ranges with { BloomBitsPerKey = BloomBitsPerKey };
        return
        [
            new(Meta, ranges), new(Objects, points), new(Clusters, clusters), new(Loose, ranges), new(Log, ranges), new(Segments, clusters),
            new(Positions, points), new(Refs, ranges), new(RefLog, ranges), new(Paths, paths),
        ];
    }
}
