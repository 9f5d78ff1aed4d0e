using System.Globalization;
using System.Text.Json;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// What the memcached tier spares the store: many developers clone and check out one commit, each with a cache of their own, from a
/// server with the tier warm and from one without it. Counted are the objects that the store was asked for, trees and contents.
/// </summary>
internal sealed class CacheBenchmark : PeerBenchmark
{
    private const double FewerAtLeast = 50;
    private const int Developers = 100;
    private const int MemcachedMegabytes = 1_024;

    public override string Name => "cache";

    public override (int Full, int Quick) Rounds => (1, 1);

    public override string Summary => "store reads of 100 identical clones and checkouts, with the memcached tier warm and without it";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository source = await bench.CheckoutSubjectAsync(HistoryShape.QuickFileHeavy, HistoryShape.QuickCheckout, cancellationToken);
        string data = await bench.Store.ImportAsync(source.Path, cancellationToken);
        Side without = await MeasureAsync(bench, data, [], isWarm: false, cancellationToken);
        await using MemcachedProcess memcached = await MemcachedProcess.StartAsync(bench.Runner, bench.Folder, MemcachedMegabytes, cancellationToken);
        Side with = await MeasureAsync(bench, data, ["--memcached", memcached.Endpoint], isWarm: true, cancellationToken);
        bench.Report.Table(
            string.Create(CultureInfo.InvariantCulture, $"{Developers} clones and checkouts"),
            ["server", "objects read from the store", "by the first developer", "median seconds of a clone and checkout"],
            [Row("without memcached", without), Row("memcached warm", with)]);
        bench.Report.Bar(new Bar("store-reads", (double)without.Reads / Math.Max(1, with.Reads), FewerAtLeast, IsCeiling: false, "x fewer"));
    }

    private static async Task<Side> MeasureAsync(Workbench bench, string data, string[] arguments, bool isWarm, CancellationToken cancellationToken)
    {
        // The hot set would spare the store as much, but for one server alone.
        await using MonorepoServer server = await MonorepoServer.StartAsync(bench.Runner, bench.Tools, data, cancellationToken, ["--hot-set", "off", .. arguments]);
        long started = await ReadsAsync(bench, server, cancellationToken);
        long first = 0;
        if (isWarm)
        {
            await DevelopAsync(bench, server, cancellationToken);
            first = await ReadsAsync(bench, server, cancellationToken) - started;
            started += first;
        }

        Series seconds = new("clone and checkout");
        for (int developer = 0; developer < Developers; developer++)
        {
            seconds.Add(await DevelopAsync(bench, server, cancellationToken), 0);
            if (!isWarm && developer == 0)
                first = await ReadsAsync(bench, server, cancellationToken) - started;
        }

        return new Side(await ReadsAsync(bench, server, cancellationToken) - started, first, seconds.MedianSeconds);
    }

    private static async Task<TimeSpan> DevelopAsync(Workbench bench, MonorepoServer server, CancellationToken cancellationToken)
    {
        string folder = Scratch.Create(bench.Folder);
        ProgramOutcome outcome = await bench.ClientAsync(
            folder, Path.Combine(folder, "cache"), cancellationToken, "clone", $"{server.Url.TrimEnd('/')}/{SubjectStore.Repository}", "ours");
        Scratch.Leave(folder);
        return outcome.Elapsed;
    }

    private static async Task<long> ReadsAsync(Workbench bench, MonorepoServer server, CancellationToken cancellationToken)
    {
        ProgramOutcome outcome = await bench.Runner.RunAsync(bench.Tools.Admin, bench.Folder, cancellationToken, "stats", "--server", server.Url, "--json");
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        return json.RootElement.GetProperty("store").GetProperty("objectReads").GetInt64();
    }

    private static string[] Row(string name, Side side) =>
    [
        name, side.Reads.ToString("N0", CultureInfo.InvariantCulture), side.First.ToString("N0", CultureInfo.InvariantCulture),
        side.Seconds.ToString("0.000", CultureInfo.InvariantCulture),
    ];

    /// <param name="Reads">Objects asked of the store by all developers who count.</param>
    /// <param name="First">By the first one.</param>
    /// <param name="Seconds">A developer's median.</param>
    private readonly record struct Side(long Reads, long First, double Seconds);
}
