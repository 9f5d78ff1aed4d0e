using System.Globalization;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>A clone of all history and no contents, beside git's two partial clones; then how ours grows with the history.</summary>
internal sealed class CloneBenchmark : PeerBenchmark
{
    private const double TreelessAtLeast = 4;
    private const double TreelessBytesAtMost = 0.6;
    private const double BloblessAtLeast = 12;
    private const double CommitsPerSecondAtLeast = 300_000;
    private const int ScalingRounds = 3;

    public override string Name => "clone";

    public override string Summary => "mr clone --no-checkout beside git clone --filter=tree:0 and --filter=blob:none, and how it scales";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            await CompareAsync(bench, name, source, cancellationToken);
        }

        if (bench.Options is { Source: null, Shape: null })
            await ScaleAsync(bench, cancellationToken);
    }

    /// <summary>One side's clone into a folder.</summary>
    public static Task<ProgramOutcome> OursAsync(Workbench bench, string folder, string serverUrl, CancellationToken cancellationToken) =>
        bench.ClientAsync(folder, Path.Combine(folder, "cache"), cancellationToken, "clone", $"{serverUrl.TrimEnd('/')}/{SubjectStore.Repository}", "ours", "--no-checkout");

    /// <inheritdoc cref="OursAsync"/>
    public static Task<ProgramOutcome> GitAsync(Workbench bench, string folder, string url, string filter, CancellationToken cancellationToken) =>
        bench.GitAsync(folder, cancellationToken, "clone", "-q", "--filter=" + filter, "--no-checkout", url, "git");

    private static async Task CompareAsync(Workbench bench, string name, SourceRepository source, CancellationToken cancellationToken)
    {
        await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
        await using GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken);
        string gitUrl = daemon.UrlOf(source.Name);
        Contest contest = new(name,
        [
            Contestant.Of("mr clone --no-checkout", async (folder, cancel) => TurnOf(await OursAsync(bench, folder, server.Url, cancel))),
            Contestant.Of("git clone --filter=tree:0", async (folder, cancel) => new Turn((await GitAsync(bench, folder, gitUrl, "tree:0", cancel)).Elapsed)),
            Contestant.Of("git clone --filter=blob:none", async (folder, cancel) => new Turn((await GitAsync(bench, folder, gitUrl, "blob:none", cancel)).Elapsed)),
        ]);
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
        Series ours = contest.Contestants[0].Series;
        Series treeless = contest.Contestants[1].Series;
        Series blobless = contest.Contestants[2].Series;
        ours.Bytes = await CountingProxy.CountAsync(bench.Folder, server.Url, (folder, url) => OursAsync(bench, folder, url, cancellationToken));
        treeless.Bytes = await CountingProxy.CountAsync(bench.Folder, gitUrl, (folder, url) => GitAsync(bench, folder, url, "tree:0", cancellationToken));
        blobless.Bytes = await CountingProxy.CountAsync(bench.Folder, gitUrl, (folder, url) => GitAsync(bench, folder, url, "blob:none", cancellationToken));

        bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster($"{name}-treeless", ours, treeless, TreelessAtLeast));
        bench.Report.Bar(Bar.Smaller($"{name}-treeless-bytes", ours.Bytes.Value, treeless.Bytes.Value, TreelessBytesAtMost));
        bench.Report.Bar(Bar.Faster($"{name}-blobless", ours, blobless, BloblessAtLeast));
        // The start of the process counts in, so the rate says something only of many commits.
        if (!string.Equals(name, "files", StringComparison.Ordinal))
            bench.Report.Bar(new Bar($"{name}-rate", source.Commits / ours.MedianSeconds, CommitsPerSecondAtLeast, IsCeiling: false, " commits/s"));
    }

    // Every size on a server of its own, so that each has its own memory.
    private static async Task ScaleAsync(Workbench bench, CancellationToken cancellationToken)
    {
        int[] sizes = bench.Options.Quick ? [1_000, 10_000] : [20_000, 200_000, 1_000_000];
        List<string[]> rows = [];
        foreach (int commits in sizes)
        {
            HistoryShape shape = HistoryShape.QuickCommitHeavy with { Commits = commits, Changes = bench.Options.Quick ? HistoryShape.QuickCommitHeavy.Changes : 1 };
            SourceRepository source = await bench.Store.GenerateAsync(shape, cancellationToken);
            string data = await bench.Store.ImportAsync(source.Path, cancellationToken);
            await using MonorepoServer server = await bench.ServeAsync(data, cancellationToken);
            Contest contest = new($"{commits:N0} commits", [Contestant.Of("mr", async (folder, cancel) => TurnOf(await OursAsync(bench, folder, server.Url, cancel)))]);
            await contest.RunAsync(Math.Min(bench.Rounds, ScalingRounds), bench.Folder, cancellationToken);
            Series ours = contest.Contestants[0].Series;
            rows.Add(
            [
                commits.ToString("N0", CultureInfo.InvariantCulture), ours.MedianSeconds.ToString("0.000", CultureInfo.InvariantCulture),
                (commits / ours.MedianSeconds).ToString("N0", CultureInfo.InvariantCulture), ByteText.Of(ours.PeakBytes), ByteText.Of(server.PeakBytes),
            ]);
        }

        bench.Report.Table("mr clone --no-checkout by history", ["commits", "median seconds", "commits/s", "client's peak memory", "server's peak memory"], rows);
    }

    private static Turn TurnOf(ProgramOutcome outcome) => new(outcome.Elapsed, outcome.PeakBytes);
}
