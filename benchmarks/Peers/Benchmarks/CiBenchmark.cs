using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// What a job in continuous integration waits for: a part of the newest revision in an empty folder, on a machine that knows nothing, and on one where another job
/// ran before; then what many jobs at once ask of the store.
/// </summary>
internal sealed class CiBenchmark : PeerBenchmark
{
    private const double FirstAtLeast = 5;
    private const double BytesAtMost = 1;
    private const double SecondAtLeast = 10;
    private const double ReadsAtMost = 2;
    private const double Share = 0.05;
    private const int JobsAtOnce = 20;

    public override string Name => "ci";

    public override (int Full, int Quick) Rounds => (5, 3);

    public override string Summary => $"mr clone --depth 1 --sparse of a {Share:P0} profile beside git clone --depth=1 --filter=blob:none --sparse; a machine's second job; {JobsAtOnce} jobs at once";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository whole = await bench.CheckoutSubjectAsync(HistoryShape.Monorepo, HistoryShape.QuickFileHeavy, cancellationToken);
        ProfiledRepository source = await bench.Store.ProfileAsync(whole, Share, cancellationToken);
        bench.Report.Fact("profile", source.ToString());
        string data = await bench.Store.ImportAsync(source.Path, cancellationToken);
        await using (MonorepoServer server = await bench.ServeAsync(data, cancellationToken))
        await using (GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken))
        {
            await JobsAsync(bench, source, server.Url, daemon.UrlOf(source.Name), cancellationToken);
        }

        await AtOnceAsync(bench, data, cancellationToken);
    }

    private static async Task JobsAsync(Workbench bench, ProfiledRepository source, string ourUrl, string gitUrl, CancellationToken cancellationToken)
    {
        string warm = Path.Combine(bench.Folder, "machine");
        Contest contest = new("job",
        [
            Contestant.Of("mr clone --depth 1 --sparse", async (folder, cancel) => TurnOf(await OursAsync(bench, folder, Path.Combine(folder, "cache"), ourUrl, cancel))),
            Contestant.Of("mr, the machine's second job", async (folder, cancel) => TurnOf(await OursAsync(bench, folder, warm, ourUrl, cancel))),
            Contestant.Of("git clone --depth=1 --filter=blob:none --sparse", (folder, cancel) => GitAsync(bench, folder, source, gitUrl, cancel)),
        ]);

        // The first round, which does not count, is the machine's first job.
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
        (Series first, Series second, Series git) = (contest.Contestants[0].Series, contest.Contestants[1].Series, contest.Contestants[2].Series);
        // Contents come by gRPC then, so that all of them come through the proxy.
        first.Bytes = await CountingProxy.CountAsync(bench.Folder, ourUrl, (folder, url) => OursAsync(bench, folder, Path.Combine(folder, "cache"), url, cancellationToken, grpcOnly: true));
        second.Bytes = await CountingProxy.CountAsync(bench.Folder, ourUrl, (folder, url) => OursAsync(bench, folder, warm, url, cancellationToken, grpcOnly: true));
        git.Bytes = await CountingProxy.CountAsync(bench.Folder, gitUrl, (folder, url) => GitAsync(bench, folder, source, url, cancellationToken));
        await CompareFilesAsync(bench, source, ourUrl, gitUrl, cancellationToken);
        bench.Report.Case("job", contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster("first", first, git, FirstAtLeast));
        bench.Report.Bar(Bar.Smaller("first-bytes", first.Bytes.Value, git.Bytes.Value, BytesAtMost));
        bench.Report.Bar(Bar.Faster("second", second, git, SecondAtLeast));
    }

    /// <summary>One job: an empty folder, and what the profile has in it.</summary>
    private static Task<ProgramOutcome> OursAsync(Workbench bench, string folder, string cache, string url, CancellationToken cancellationToken, bool grpcOnly = false)
    {
        ProcessStartInfo start = bench.Runner.Prepare(
            bench.Tools.Client, folder, "clone", "--depth", "1", "--sparse", ProfiledRepository.Profile, $"{url.TrimEnd('/')}/{SubjectStore.Repository}", "ours");
        start.Environment["MR_CACHE_DIR"] = cache;
        start.Environment["MR_BLOBS"] = grpcOnly ? "grpc" : "";
        return bench.Runner.RunAsync(start, inputFile: null, cancellationToken);
    }

    private static async Task<Turn> GitAsync(Workbench bench, string folder, ProfiledRepository source, string url, CancellationToken cancellationToken)
    {
        ProgramOutcome clone = await bench.GitAsync(folder, cancellationToken, "clone", "-q", "--depth=1", "--filter=blob:none", "--sparse", url, "git");
        ProgramOutcome sparse = await bench.GitAsync(Path.Combine(folder, "git"), cancellationToken, ["sparse-checkout", "set", .. source.Directories, "ci"]);
        return new Turn(clone.Elapsed + sparse.Elapsed, Math.Max(clone.PeakBytes, sparse.PeakBytes));
    }

    // That both do the same work: git's patterns take the files on the way to a directory, too.
    private static async Task CompareFilesAsync(Workbench bench, ProfiledRepository source, string ourUrl, string gitUrl, CancellationToken cancellationToken)
    {
        string folder = Scratch.Create(bench.Folder);
        await OursAsync(bench, folder, Path.Combine(folder, "cache"), ourUrl, cancellationToken);
        await GitAsync(bench, folder, source, gitUrl, cancellationToken);
        foreach (string directory in source.Directories)
        {
            await bench.Runner.RunAsync("diff", folder, cancellationToken, "-r", Path.Combine("ours", directory), Path.Combine("git", directory));
        }

        Scratch.Leave(folder);
    }

    // Each on a machine of its own, from a server that has just started.
    private static async Task AtOnceAsync(Workbench bench, string data, CancellationToken cancellationToken)
    {
        (long one, double oneSeconds) = await ReadsOfAsync(bench, data, 1, cancellationToken);
        (long many, double manySeconds) = await ReadsOfAsync(bench, data, JobsAtOnce, cancellationToken);
        bench.Report.Table(
            "first jobs on machines that know nothing, all at once",
            ["jobs", "objects read from the store", "seconds until the last is done"],
            [Row(1, one, oneSeconds), Row(JobsAtOnce, many, manySeconds)]);
        bench.Report.Bar(new Bar("reads-at-once", (double)many / Math.Max(1, one), ReadsAtMost, IsCeiling: true, "x one job's"));
    }

    private static string[] Row(int jobs, long reads, double seconds) =>
        [jobs.ToString(CultureInfo.InvariantCulture), reads.ToString("N0", CultureInfo.InvariantCulture), seconds.ToString("0.000", CultureInfo.InvariantCulture)];

    private static async Task<(long Reads, double Seconds)> ReadsOfAsync(Workbench bench, string data, int jobs, CancellationToken cancellationToken)
    {
        Console.Error.WriteLine($"bench: {jobs} at once");
        await using MonorepoServer server = await bench.ServeAsync(data, cancellationToken);
        long before = await ReadsAsync(bench, server, cancellationToken);
        string[] folders = [.. Enumerable.Range(0, jobs).Select(_ => Scratch.Create(bench.Folder))];
        long begin = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(folders.Select(folder => OursAsync(bench, folder, Path.Combine(folder, "cache"), server.Url, cancellationToken)));
        double seconds = TimeProvider.System.GetElapsedTime(begin).TotalSeconds;
        long reads = await ReadsAsync(bench, server, cancellationToken) - before;
        foreach (string folder in folders)
        {
            Scratch.Leave(folder);
        }

        return (reads, seconds);
    }

    private static async Task<long> ReadsAsync(Workbench bench, MonorepoServer server, CancellationToken cancellationToken)
    {
        ProgramOutcome outcome = await bench.Runner.RunAsync(bench.Tools.Admin, bench.Folder, cancellationToken, "stats", "--server", server.Url, "--json");
        using JsonDocument json = JsonDocument.Parse(outcome.Output);
        return json.RootElement.GetProperty("store").GetProperty("objectReads").GetInt64();
    }

    private static Turn TurnOf(ProgramOutcome outcome) => new(outcome.Elapsed, outcome.PeakBytes);
}
