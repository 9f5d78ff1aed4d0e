using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// All of the history, from the clone; and the history of one deep path, which our clone does not hold and asks the server for, beside git in a full repository
/// with a commit graph and changed-path filters. A path's history is asked for with a watcher that was asked for another path's before, as people do who look around;
/// with one that was never asked; and without one.
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
            string other = await BusyPath.FindOtherAsync(bench, source, path, cancellationToken);
            await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
            await CloneBenchmark.OursAsync(bench, folder, server.Url, cancellationToken);
            LogContest contest = new(bench, folder, source);
            await contest.RunAsync($"{name}-oneline", AllAtLeast, [], [contest.Alone("mr log --oneline")], cancellationToken);
            await contest.RunAsync(
                $"{name}-path", PathAtLeast, ["--", path],
                [
                    contest.Watched("mr log -- PATH, watcher asked for another path before", ["--", other], "--", path),
                    contest.Watched("mr log -- PATH, watcher never asked before", [], "--", path),
                    contest.Alone("mr log -- PATH, no watcher", "--", path),
                ],
                cancellationToken);
            bench.Report.Fact(name, $"path {path}; before it {other}");
        }
    }
}
