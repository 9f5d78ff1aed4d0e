using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>The end of the road that a history takes to a developer's disk: the first checkout in a clone without contents, theirs fetched by both sides.</summary>
internal sealed class RoadBenchmark : PeerBenchmark
{
    private const double AtLeast = 1;

    public override string Name => "road";

    public override (int Full, int Quick) Rounds => (5, 2);

    public override string Summary => "the first mr checkout in a fresh clone, beside git checkout in a blobless clone";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach ((string name, SourceRepository source) in bench.SubjectsAsync(cancellationToken))
        {
            await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
            await using GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken);
            Contest contest = new(name,
            [
                Contestant.Of("mr checkout", async (folder, cancel) =>
                {
                    await CloneBenchmark.OursAsync(bench, folder, server.Url, cancel);
                    return new Turn((await bench.ClientAsync(Path.Combine(folder, "ours"), Path.Combine(folder, "cache"), cancel, "checkout", source.Head)).Elapsed);
                }),
                Contestant.Of("git checkout, blobless", async (folder, cancel) =>
                {
                    await CloneBenchmark.GitAsync(bench, folder, daemon.UrlOf(source.Name), "blob:none", cancel);
                    // Without a path: with one, git 2.39 asks for the contents one by one.
                    return new Turn((await bench.GitAsync(Path.Combine(folder, "git"), cancel, "checkout", "-q", "HEAD")).Elapsed);
                }),
            ]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            bench.Report.Bar(Bar.Faster($"{name}-checkout", contest.Contestants[0].Series, contest.Contestants[1].Series, AtLeast));
        }
    }
}
