using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// All of the history, from the clone; and the history of one deep path, which our clone does not hold and asks the server for, beside git in a full repository
/// with a commit graph and changed-path filters.
/// </summary>
internal sealed class LogBenchmark : PeerBenchmark
{
    private const double AllAtLeast = 1;
    private const double PathAtLeast = 3;

    public override string Name => "log";

    public override string Summary => "mr log --oneline and mr log -- PATH beside git with commit-graph and changed-path filters";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            string folder = Directory.CreateDirectory(Path.Combine(bench.Folder, name)).FullName;
            string path = await BusyPath.FindAsync(bench, source, cancellationToken);
            await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
            await CloneBenchmark.OursAsync(bench, folder, server.Url, cancellationToken);

            await CompareAsync(bench, $"{name}-oneline", AllAtLeast, folder, source, [], cancellationToken);
            await CompareAsync(bench, $"{name}-path", PathAtLeast, folder, source, ["--", path], cancellationToken);
            bench.Report.Fact(name, $"path {path}");
        }
    }

    private static async Task CompareAsync(
        Workbench bench, string name, double atLeast, string folder, SourceRepository source, string[] paths, CancellationToken cancellationToken)
    {
        string ours = Path.Combine(folder, "ours");
        // The same answers, in ids that do not depend on what else is there; asked in a clone of its own, which keeps what it is told.
        string asking = Path.Combine(folder, $"{name}-check");
        await bench.CopyAsync(ours, asking, cancellationToken);
        ProgramOutcome mine = await bench.ClientAsync(asking, Path.Combine(folder, "check"), cancellationToken, ["log", "--oneline", "--abbrev", "40", .. paths]);
        ProgramOutcome theirs = await bench.GitAsync(source.Path, cancellationToken, ["log", "--oneline", "--no-abbrev-commit", .. paths]);
        if (!mine.OutputBytes.AsSpan().SequenceEqual(theirs.OutputBytes))
            throw new BenchmarkException($"mr log and git log differ in {name}: {mine.OutputBytes.Length} bytes and {theirs.OutputBytes.Length}");

        Contest contest = new(name,
        [
            Contestant.Of($"mr log --oneline{(paths.Length > 0 ? " -- PATH" : "")}", async (turn, cancel) =>
            {
                // Cold: a clone and a cache that have seen no log.
                string copy = Path.Combine(turn, "ours");
                await bench.CopyAsync(ours, copy, cancel);
                return new Turn((await bench.ClientAsync(copy, Path.Combine(turn, "cache"), cancel, ["log", "--oneline", .. paths])).Elapsed);
            }),
            Contestant.Of($"git log --oneline{(paths.Length > 0 ? " -- PATH" : "")}", async (_, cancel) =>
                new Turn((await bench.GitAsync(source.Path, cancel, ["log", "--oneline", .. paths])).Elapsed)),
        ]);
        await contest.RunAsync(bench.Rounds, folder, cancellationToken);
        bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster(name, contest.Contestants[0].Series, contest.Contestants[1].Series, atLeast));
    }
}
