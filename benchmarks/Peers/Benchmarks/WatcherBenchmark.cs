using System.Globalization;
using Monorepo.Peers.BlobPlane;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>From the start of a watcher until it is ready, what it holds in memory then, and what it does when nobody does anything; beside watchman. Both start anew each turn.</summary>
internal sealed class WatcherBenchmark : PeerBenchmark
{
    private const double ReadyAtLeast = 4;
    private const double MemoryMax = 1 / 3.0;
    private const int MemoryFrom = 1_000_000;
    private const double IdlePercentMax = 1;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);

    public override string Name => "watcher";

    public override string Summary => "mr watcher start beside watchman watch-project, until ready; memory, and processor time when idle";

    public override (int Full, int Quick) Rounds => (5, 3);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        List<string[]> rows = [];
        await foreach (SourceRepository source in bench.TreeSubjectsAsync(cancellationToken))
        {
            TreePair trees = await TreePair.CheckOutAsync(bench, source, cancellationToken);
            (long ours, long watchman) = await CompareAsync(bench, trees, source.Files, cancellationToken);
            double idle = await IdleAsync(trees, cancellationToken);
            bench.Report.Bar(new Bar($"{source.Files}-idle", idle, IdlePercentMax, IsCeiling: true, "%"));
            rows.Add(
            [
                source.Files.ToString("N0", CultureInfo.InvariantCulture), ByteText.Of(ours), (ours / (double)source.Files).ToString("0.0", CultureInfo.InvariantCulture),
                ByteText.Of(watchman), idle.ToString("0.###", CultureInfo.InvariantCulture),
            ]);
        }

        bench.Report.Table("memory when ready, and processor time of ten idle seconds", ["files", "mr", "bytes a file", "watchman", "mr idle % of a core"], rows);
    }

    private static async Task<(long Ours, long Watchman)> CompareAsync(Workbench bench, TreePair trees, long files, CancellationToken cancellationToken)
    {
        List<long> ours = [];
        List<long> theirs = [];
        Contest contest = new($"{files:N0} files",
        [
            Contestant.Of("mr watcher start", async (_, cancel) =>
            {
                TimeSpan elapsed = await trees.StartWatcherAsync(cancel);
                ours.Add(PeakMemory.ResidentOf(await trees.FindWatcherAsync(cancel)));
                await trees.StopWatcherAsync(cancel);
                return new Turn(elapsed);
            }),
            Contestant.Of("watchman watch-project", async (folder, cancel) =>
            {
                await using WatchmanProcess watchman = await WatchmanProcess.StartAsync(bench.Runner, Path.Combine(folder, "watchman"), cancel);
                ProgramOutcome watched = await bench.Runner.RunAsync(watchman.Ask(bench.Runner.Prepare("/bin/sh", folder, "-c", "watchman watch-project \"$0\"", trees.Git)), inputFile: null, cancel);
                theirs.Add(PeakMemory.ResidentOf(watchman.ProcessId));
                return new Turn(watched.Elapsed);
            }),
        ]);
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
        bench.Report.Case($"{files}-ready", contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster($"{files}-ready", contest.Contestants[0].Series, contest.Contestants[1].Series, ReadyAtLeast));
        (long mine, long peers) = (Median(ours), Median(theirs));
        if (files >= MemoryFrom)
            bench.Report.Bar(Bar.Smaller($"{files}-memory", mine, peers, MemoryMax));
        return (mine, peers);
    }

    private static long Median(List<long> figures) => figures.Order().ElementAt(figures.Count / 2);

    /// <returns>Percent of a core.</returns>
    private static async Task<double> IdleAsync(TreePair trees, CancellationToken cancellationToken)
    {
        await trees.StartWatcherAsync(cancellationToken);
        try
        {
            int process = await trees.FindWatcherAsync(cancellationToken);
            double before = ChildProgram.CpuSecondsOf(process);
            await Task.Delay(s_idle, cancellationToken);
            return 100 * (ChildProgram.CpuSecondsOf(process) - before) / s_idle.TotalSeconds;
        }
        finally
        {
            await trees.StopWatcherAsync(CancellationToken.None);
        }
    }
}
