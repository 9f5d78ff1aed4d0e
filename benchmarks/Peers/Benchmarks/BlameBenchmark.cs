using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>Blame of a file with fifty versions where no contents are yet: both sides fetch what they need.</summary>
internal sealed class BlameBenchmark : PeerBenchmark
{
    private const double AtLeast = 20;

    public override string Name => "blame";

    public override string Summary => "a cold mr blame PATH beside git blame in a blobless clone";

    public override (int Full, int Quick) Rounds => (5, 2);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            string folder = Directory.CreateDirectory(Path.Combine(bench.Folder, name)).FullName;
            string path = await BusyPath.FindAsync(bench, source, cancellationToken);
            await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
            await using GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken);
            await CloneBenchmark.OursAsync(bench, folder, server.Url, cancellationToken);
            await CloneBenchmark.GitAsync(bench, folder, daemon.UrlOf(source.Name), "blob:none", cancellationToken);

            int lines = 0;
            Contest contest = new(name,
            [
                Contestant.Of("mr blame PATH", async (turn, cancel) =>
                {
                    await bench.CopyAsync(Path.Combine(folder, "ours"), Path.Combine(turn, "ours"), cancel);
                    ProgramOutcome outcome = await bench.ClientAsync(Path.Combine(turn, "ours"), Path.Combine(turn, "cache"), cancel, "blame", path);
                    return new Turn(Checked(outcome).Elapsed);
                }),
                Contestant.Of("git blame PATH, blobless", async (turn, cancel) =>
                {
                    await bench.CopyAsync(Path.Combine(folder, "git"), Path.Combine(turn, "git"), cancel);
                    return new Turn(Checked(await bench.GitAsync(Path.Combine(turn, "git"), cancel, "blame", "HEAD", "--", path)).Elapsed);
                }),
            ]);
            await contest.RunAsync(bench.Rounds, folder, cancellationToken);
            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            string versions = (await bench.GitAsync(source.Path, cancellationToken, "rev-list", "--count", "HEAD", "--", path)).Output.Trim();
            bench.Report.Fact(name, $"path {path}: {versions} versions, {lines} lines");
            bench.Report.Bar(Bar.Faster(name, contest.Contestants[0].Series, contest.Contestants[1].Series, AtLeast));

            ProgramOutcome Checked(ProgramOutcome outcome)
            {
                int counted = outcome.OutputBytes.AsSpan().Count((byte)'\n');
                if (lines > 0 && counted != lines)
                    throw new BenchmarkException($"mr blame and git blame differ: {counted} lines and {lines}");
                lines = counted;
                return outcome;
            }
        }
    }
}
