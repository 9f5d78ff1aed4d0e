using System.Diagnostics;
using System.Globalization;
using Monorepo.BlobPlane.Caching;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Memcached;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// The flash tier: a memcached with extstore and a working set many times its memory, beside one that holds the same in memory and beside the
/// store. Batches of random objects by the server's own tiers, in turns. The flash file lies on this machine's disk behind the page cache, so
/// what is measured is extstore and not the disk.
/// </summary>
internal sealed class FlashBenchmark : PeerBenchmark
{
    private const int BatchIds = 32;
    private const int SizeBytesMin = 1_024;
    private const int StoreBatch = 1_000;
    private const double HitPercentAtLeast = 95;
    private const double SlowerThanMemoryAtMost = 4;

    private static readonly RepositoryName s_repository = RepositoryName.Parse("flash");
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    public override string Name => "flash";

    public override (int Full, int Quick) Rounds => (4_000, 1_000);

    public override string Summary => "memcached with extstore and a working set larger than its memory, beside memory and the store";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        (int memoryMegabytes, long workingSetBytes) = bench.Options.Quick ? (64, 256L << 20) : (128, 1L << 30);
        string flashFile = Path.Combine(bench.Folder, "flash");
        string flash = $"ext_page_size=16,ext_wbuf_size=8,ext_threads=2,ext_item_size=512,slab_automove_window=3,slab_automove_freeratio=0.1,ext_path={flashFile}:{2 * workingSetBytes >> 20}M";
        await using MemcachedProcess flashed = await MemcachedProcess.StartAsync(bench.Runner, bench.Folder, memoryMegabytes, cancellationToken, "-o", flash);
        await using MemcachedProcess memory = await MemcachedProcess.StartAsync(bench.Runner, bench.Folder, (int)(2 * workingSetBytes >> 20), cancellationToken);
        using MemcachedClient flashClient = Connect(flashed), memoryClient = Connect(memory);
        await using MemcachedEnvelopeCache flashCache = new(flashClient, new()), memoryCache = new(memoryClient, new());
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Path.Combine(bench.Folder, "store"), MemoryBytes = (long)memoryMegabytes << 20 });
        IRepository repository = await engine.CreateAsync(s_repository, cancellationToken);
        StoreOrigin store = new(engine);

        bench.Report.Fact("memcached", $"-m {memoryMegabytes} -o {flash.Replace(flashFile, "FILE", StringComparison.Ordinal)}");
        Console.Error.WriteLine($"bench: storing {ByteText.Of(workingSetBytes)} three times");
        ObjectId[] ids = await FillAsync(repository, [flashCache, memoryCache], workingSetBytes, cancellationToken);
        bench.Report.Fact("working set", $"{ids.Length:N0} envelopes of {ByteText.Of(workingSetBytes)}, {workingSetBytes / ((long)memoryMegabytes << 20)} times the memory of the first memcached");

        Side[] sides =
        [
            new("flash (extstore)", async (some, cancel) => (await flashCache.GetAsync(s_repository, some, BlobReadOptions.None, cancel)).Count(static e => !e.IsEmpty)),
            new("memory", async (some, cancel) => (await memoryCache.GetAsync(s_repository, some, BlobReadOptions.None, cancel)).Count(static e => !e.IsEmpty)),
            new("store (RocksDB, in process)", async (some, cancel) => (await store.GetAsync(s_repository, some, BlobReadOptions.None, cancel)).Count(static e => e.Outcome == BlobOutcome.Found)),
        ];
        int refilled = await RefillAsync(flashCache, store, ids, cancellationToken);
        bench.Report.Fact("first pass", $"{refilled:N0} of {ids.Length:N0} were missing after the fill, and were stored again as a server does");
        await MeasureAsync(sides, ids, bench.Rounds / 10, cancellationToken);
        foreach (Side side in sides)
            side.Clear();
        IReadOnlyDictionary<string, long> before = await flashed.ReadStatisticsAsync(cancellationToken);
        await MeasureAsync(sides, ids, bench.Rounds, cancellationToken);
        IReadOnlyDictionary<string, long> after = await flashed.ReadStatisticsAsync(cancellationToken);

        long gets = after["cmd_get"] - before["cmd_get"], fromFlash = after["get_extstore"] - before["get_extstore"];
        bench.Report.Table(
            $"batches of {BatchIds} random objects, one at a time, {bench.Rounds:N0} each in turns",
            ["tier", "hits", "p50 us", "p99 us", "objects/s"],
            [.. sides.Select(s => s.ToRow(bench.Rounds * BatchIds))]);
        bench.Report.Fact("from flash", string.Create(CultureInfo.InvariantCulture, $"{100.0 * fromFlash / gets:0.0} % of the gets; {after["evictions"]:N0} items evicted from memory before they were written"));
        bench.Report.Bar(new Bar("hit-rate", 100.0 * sides[0].Hits / (bench.Rounds * BatchIds), HitPercentAtLeast, IsCeiling: false, " %"));
        bench.Report.Bar(new Bar("latency-to-memory", sides[0].Percentile(50) / sides[1].Percentile(50), SlowerThanMemoryAtMost, IsCeiling: true, "x"));
    }

    private static MemcachedClient Connect(MemcachedProcess process) => new(new MemcachedOptions
    {
        Nodes = [new MemcachedEndpoint("127.0.0.1", process.Port)],
        OperationTimeout = s_timeout,
    });

    private static async Task<ObjectId[]> FillAsync(IRepository repository, MemcachedEnvelopeCache[] caches, long bytesWanted, CancellationToken cancellationToken)
    {
        Random random = new(1);
        List<ObjectId> ids = [];
        long bytes = 0;
        while (bytes < bytesWanted)
        {
            List<NewObject> some = [];
            for (; some.Count < StoreBatch && bytes < bytesWanted; bytes += some[^1].Envelope.Length)
            {
                // 1 to 64 KiB, most of them small; random, so that nothing makes them smaller.
                byte[] body = new byte[SizeBytesMin << random.Next(7)];
                random.NextBytes(body);
                some.Add(new NewObject(ObjectHasher.Hash(ObjectKind.Blob, body), ObjectEnvelope.Seal(ObjectKind.Blob, body)));
            }

            await repository.Objects.PutAsync(some, cancellationToken);
            foreach (MemcachedEnvelopeCache cache in caches)
            {
                foreach (NewObject item in some)
                    await cache.StoreAsync(s_repository, item.Id, item.Envelope, cancellationToken);
            }

            ids.AddRange(some.Select(static s => s.Id));
        }

        return [.. ids];
    }

    /// <summary>Reads everything once; what is missing is read from the store and stored, as a server does.</summary>
    private static async Task<int> RefillAsync(MemcachedEnvelopeCache cache, StoreOrigin store, ObjectId[] ids, CancellationToken cancellationToken)
    {
        int refilled = 0;
        foreach (ObjectId[] some in ids.Chunk(BatchIds))
        {
            ReadOnlyMemory<byte>[] found = await cache.GetAsync(s_repository, some, BlobReadOptions.None, cancellationToken);
            ObjectId[] missing = [.. some.Where((_, i) => found[i].IsEmpty)];
            BlobEntry[] read = missing.Length == 0 ? [] : await store.GetAsync(s_repository, missing, BlobReadOptions.None, cancellationToken);
            for (int i = 0; i < missing.Length; i++)
                await cache.StoreAsync(s_repository, missing[i], read[i].Envelope, cancellationToken);
            refilled += missing.Length;
        }

        return refilled;
    }

    private static async Task MeasureAsync(Side[] sides, ObjectId[] ids, int rounds, CancellationToken cancellationToken)
    {
        Random random = new(2);
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < sides.Length; i++)
            {
                // Other objects for each, so that nobody warms what another reads.
                ObjectId[] some = random.GetItems(ids, BatchIds);
                await sides[(round + i) % sides.Length].ReadAsync(some, cancellationToken);
            }
        }
    }

    private sealed class Side(string name, Func<ObjectId[], CancellationToken, Task<int>> readAsync)
    {
        private readonly List<double> _microseconds = [];

        public long Hits { get; private set; }

        public void Clear()
        {
            _microseconds.Clear();
            Hits = 0;
        }

        public async Task ReadAsync(ObjectId[] ids, CancellationToken cancellationToken)
        {
            long start = Stopwatch.GetTimestamp();
            Hits += await readAsync(ids, cancellationToken);
            _microseconds.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        public double Percentile(int percent)
        {
            double[] sorted = [.. _microseconds.Order()];
            return sorted[Math.Min(sorted.Length - 1, sorted.Length * percent / 100)];
        }

        public string[] ToRow(int asked) =>
        [
            name, string.Create(CultureInfo.InvariantCulture, $"{100.0 * Hits / asked:0.0} %"), Percentile(50).ToString("N0", CultureInfo.InvariantCulture),
            Percentile(99).ToString("N0", CultureInfo.InvariantCulture), (Hits / (_microseconds.Sum() / 1e6)).ToString("N0", CultureInfo.InvariantCulture),
        ];
    }
}
