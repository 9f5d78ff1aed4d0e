using System.Globalization;
using System.Text.Json;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// Checkouts and reads of contents through an edge whose memcached is warm, beside the same straight from the history server: what the way through
/// costs on one machine, where an edge can win nothing, and what it spares the history server. In the end that one is killed.
/// </summary>
internal sealed class EdgeBenchmark : PeerBenchmark
{
    private const double NotSlowerThan = 0.6;
    private const double SparedAtLeast = 50;
    private const int MemcachedMegabytes = 1_024;

    public override string Name => "edge";

    public override string Summary => "checkouts and reads through an edge beside the history server, what reaches that, and a checkout with it dead";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository source = await bench.CheckoutSubjectAsync(HistoryShape.QuickFileHeavy, HistoryShape.QuickCheckout, cancellationToken);
        string data = Path.Combine(bench.Folder, "data");
        await bench.CopyAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), data, cancellationToken);
        await using MonorepoServer history = await bench.ServeAsync(data, cancellationToken);
        await using MemcachedProcess memcached = await MemcachedProcess.StartAsync(bench.Runner, bench.Folder, MemcachedMegabytes, cancellationToken);
        await using MonorepoServer edge = await MonorepoServer.StartEdgeAsync(bench.Runner, bench.Tools, bench.Folder, history.Url, cancellationToken, "--memcached", memcached.Endpoint);

        // One clone each, without files: every turn works on a copy with an empty cache.
        await CloneAsync(bench, history, "straight", [], cancellationToken);
        await CloneAsync(bench, history, "edge", ["--blobs", edge.Url], cancellationToken);
        long before = await ReadsAsync(bench, history, cancellationToken);
        await TurnAsync(bench, "edge", Path.Combine(bench.Folder, "first"), "checkout", cancellationToken);
        long cold = await ReadsAsync(bench, history, cancellationToken) - before;
        await WarmAsync(memcached, cancellationToken);

        long straight = 0, through = 0;
        foreach ((string name, string command) in ((string, string)[])[("checkout", "checkout"), ("read", "prefetch")])
        {
            Contest contest = new(name,
            [
                Contestant.Of($"mr {command}, warm edge", async (turn, cancel) =>
                {
                    long start = await ReadsAsync(bench, history, cancel);
                    Turn taken = await TurnAsync(bench, "edge", turn, command, cancel);
                    through += await ReadsAsync(bench, history, cancel) - start;
                    return taken;
                }),
                Contestant.Of($"mr {command}, history server", async (turn, cancel) =>
                {
                    long start = await ReadsAsync(bench, history, cancel);
                    Turn taken = await TurnAsync(bench, "straight", turn, command, cancel);
                    straight += await ReadsAsync(bench, history, cancel) - start;
                    return taken;
                }),
            ]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            bench.Report.Bar(Bar.Faster(name, contest.Contestants[0].Series, contest.Contestants[1].Series, NotSlowerThan));
        }

        bench.Report.Table(
            $"contents read by the history server, {2 * (bench.Rounds + 1)} commands each side",
            ["way", "objects"],
            [["first checkout through the edge", Count(cold)], ["straight", Count(straight)], ["through the warm edge", Count(through)]]);
        bench.Report.Bar(new Bar("history-reads", (double)straight / Math.Max(1, through), SparedAtLeast, IsCeiling: false, "x fewer"));

        await history.DisposeAsync();
        string dead = Path.Combine(bench.Folder, "dead");
        Turn last = await TurnAsync(bench, "edge", dead, "checkout", cancellationToken);
        bool isIdentical = await IsIdenticalAsync(bench, source, Path.Combine(dead, "copy"), cancellationToken);
        bench.Report.Fact("history server dead", string.Create(CultureInfo.InvariantCulture, $"checkout of {source.Files:N0} files in {last.Elapsed.TotalSeconds:0.000} s"));
        bench.Report.Bar(new Bar("dead-identical", isIdentical ? 1 : 0, 1, IsCeiling: false, ""));
    }

    private static Task<ProgramOutcome> CloneAsync(Workbench bench, MonorepoServer history, string name, string[] arguments, CancellationToken cancellationToken) => bench.ClientAsync(
        bench.Folder, Path.Combine(bench.Folder, "cache"), cancellationToken,
        ["clone", $"{history.Url.TrimEnd('/')}/{SubjectStore.Repository}", name, "--no-checkout", .. arguments]);

    private static async Task<Turn> TurnAsync(Workbench bench, string clone, string folder, string command, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string copy = Path.Combine(folder, "copy");
        await bench.CopyAsync(Path.Combine(bench.Folder, clone), copy, cancellationToken);
        ProgramOutcome outcome = await bench.ClientAsync(copy, Path.Combine(folder, "cache"), cancellationToken, command, "main");
        return new Turn(outcome.Elapsed, outcome.PeakBytes);
    }

    /// <summary>What the edge fills in goes on in the background: wait until nothing more comes.</summary>
    private static async Task WarmAsync(MemcachedProcess memcached, CancellationToken cancellationToken)
    {
        long items = -1;
        for (long now; (now = (await memcached.ReadStatisticsAsync(cancellationToken))["cmd_set"]) != items; items = now)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }

    private static async Task<long> ReadsAsync(Workbench bench, MonorepoServer server, CancellationToken cancellationToken)
    {
        ProgramOutcome outcome = await bench.Runner.RunAsync(bench.Tools.Admin, bench.Folder, cancellationToken, "stats", "--server", server.Url, "--json");
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        return json.RootElement.GetProperty("contents").GetProperty("found").GetInt64();
    }

    private static async Task<bool> IsIdenticalAsync(Workbench bench, SourceRepository source, string copy, CancellationToken cancellationToken)
    {
        string expected = Directory.CreateDirectory(Path.Combine(bench.Folder, "expected")).FullName;
        await bench.GitAsync(source.Path, cancellationToken, "--work-tree", expected, "checkout", "-q", "-f", source.Head, "--", ".");
        File.Delete(Path.Combine(source.Path, "index"));
        try
        {
            await bench.Runner.RunAsync("diff", bench.Folder, cancellationToken, "-r", "-q", "--no-dereference", "-x", ".mr", expected, copy);
            return true;
        }
        catch (BenchmarkException)
        {
            return false;
        }
    }

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
