using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>A hundred new commits into a clone that has all the others.</summary>
internal sealed class PullBenchmark : PeerBenchmark
{
    private const int Commits = 100;
    private const double AtLeast = 5;

    public override string Name => "pull";

    public override string Summary => $"mr pull of {Commits} commits beside git fetch in a blobless clone";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            await CompareAsync(bench, name, source, cancellationToken);
        }
    }

    private static async Task CompareAsync(Workbench bench, string name, SourceRepository source, CancellationToken cancellationToken)
    {
        PastRepository past = await bench.Store.PastAsync(source, Commits, cancellationToken);
        string folder = Directory.CreateDirectory(Path.Combine(bench.Folder, name)).FullName;
        string data = Path.Combine(folder, "data");
        await bench.CopyAsync(await bench.Store.ImportAsync(past.Path, cancellationToken), data, cancellationToken);
        await using MonorepoServer server = await bench.ServeAsync(data, cancellationToken);
        await using GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken);

        // Clones of the past; then our server gets the rest, and git's clone is pointed at the repository that has it.
        await CloneBenchmark.OursAsync(bench, folder, server.Url, cancellationToken);
        await CloneBenchmark.GitAsync(bench, folder, daemon.UrlOf(Path.GetFileName(past.Path)), "blob:none", cancellationToken);
        await bench.Runner.RunAsync(bench.Tools.Admin, folder, cancellationToken, "import", source.Path, "--repo", SubjectStore.Repository, "--server", server.Url);
        await bench.GitAsync(Path.Combine(folder, "git"), cancellationToken, "remote", "set-url", "origin", daemon.UrlOf(source.Name));

        Contest contest = new(name,
        [
            Contestant.Of("mr pull", async (turn, cancel) =>
            {
                string copy = Path.Combine(turn, "ours");
                await bench.CopyAsync(Path.Combine(folder, "ours"), copy, cancel);
                ProgramOutcome outcome = await bench.ClientAsync(copy, Path.Combine(turn, "cache"), cancel, "pull");
                ProgramOutcome log = await bench.ClientAsync(copy, Path.Combine(turn, "cache"), cancel, "log", "-n", "1", "--oneline", "--abbrev", "40", source.Head);
                return log.Output.StartsWith(source.Head, StringComparison.Ordinal) ? new Turn(outcome.Elapsed) : throw new BenchmarkException("mr pull did not bring the newest commit");
            }),
            Contestant.Of("git fetch, blobless", async (turn, cancel) =>
            {
                string copy = Path.Combine(turn, "git");
                await bench.CopyAsync(Path.Combine(folder, "git"), copy, cancel);
                ProgramOutcome outcome = await bench.GitAsync(copy, cancel, "fetch", "-q");
                await bench.GitAsync(copy, cancel, "cat-file", "-e", source.Head);
                return new Turn(outcome.Elapsed);
            }),
        ]);
        await contest.RunAsync(bench.Rounds, folder, cancellationToken);
        bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
        bench.Report.Fact(name, $"{past.CommitsSince} commits to pull");
        bench.Report.Bar(Bar.Faster(name, contest.Contestants[0].Series, contest.Contestants[1].Series, AtLeast));
    }
}
