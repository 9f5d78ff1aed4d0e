using System.Diagnostics;
using System.Globalization;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// <c>mr status</c> through the watcher beside git at its best (the watchman hook that comes with it, untracked cache, index version 4) and git as it comes, in the
/// same tree: clean, and with some files changed. Each turn is several runs from a shell; a figure is the mean of one.
/// </summary>
internal sealed class StatusBenchmark : PeerBenchmark
{
    private const int FilesChanged = 10;
    private const int OursRuns = 20;
    private const int GitRuns = 2;

    // By the number of files: at least so many times as fast as git with the hook, and as plain git, and in so many milliseconds.
    private static readonly (int Files, double Hook, double? Plain, double? Milliseconds)[] s_bars = [(1_000_000, 25, null, 10), (200_000, 10, 100, null), (0, 1, 10, null)];

    public override string Name => "status";

    public override string Summary => "mr status beside git status, with git's watchman hook and without, clean and with 10 files changed";

    public override (int Full, int Quick) Rounds => (7, 3);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        await foreach (SourceRepository source in bench.TreeSubjectsAsync(cancellationToken))
        {
            await CompareAsync(bench, await TreePair.CheckOutAsync(bench, source, cancellationToken), source.Files, cancellationToken);
        }
    }

    private static async Task CompareAsync(Workbench bench, TreePair trees, long files, CancellationToken cancellationToken)
    {
        string plain = Path.Combine(trees.Folder, "plain.git");
        await bench.CopyAsync(Path.Combine(trees.Git, ".git"), plain, cancellationToken);
        await using HookedGit hooked = await HookedGit.StartAsync(trees, cancellationToken);
        await trees.StartWatcherAsync(cancellationToken);
        try
        {
            await MeasureAsync("clean");
            Change(trees.Ours);
            Change(trees.Git);
            await MeasureAsync($"{FilesChanged}-changed");
        }
        finally
        {
            await trees.StopWatcherAsync(CancellationToken.None);
        }

        async Task MeasureAsync(string state)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{(files >= 1_000_000 ? files / 1_000_000 : files / 1_000)}{(files >= 1_000_000 ? "M" : "k")}-{state}");
            await CheckAsync(name);
            Contest contest = new(name,
            [
                Repeating("mr status", OursRuns, () => trees.Client("status")),
                Repeating("git status, watchman hook", GitRuns, () => Hooked("status")),
                Repeating("git status", GitRuns, () => Plain("status")),
            ]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            (_, double withHook, double? plainly, double? milliseconds) = s_bars.First(b => files >= b.Files);
            bench.Report.Bar(Bar.Faster(name + "-hook", contest.Contestants[0].Series, contest.Contestants[1].Series, withHook));
            if (plainly is { } atLeast)
                bench.Report.Bar(Bar.Faster(name + "-plain", contest.Contestants[0].Series, contest.Contestants[2].Series, atLeast));
            if (milliseconds is { } most)
                bench.Report.Bar(new Bar(name + "-time", 1_000 * contest.Contestants[0].Series.MedianSeconds, most, IsCeiling: true, " ms"));
        }

        // Fast and wrong is no result.
        async Task CheckAsync(string name)
        {
            string[] all = [.. await Task.WhenAll(((ProcessStartInfo[])[trees.Client("status", "--porcelain"), Hooked("status", "--porcelain"), Plain("status", "--porcelain")])
                .Select(async start => (await bench.Runner.RunAsync(start, inputFile: null, cancellationToken)).Output))];
            if (all.Distinct(StringComparer.Ordinal).Count() > 1)
                throw new BenchmarkException($"{name}: the statuses differ: {string.Join(" | ", all)}");
        }

        ProcessStartInfo Hooked(params IEnumerable<string> arguments) => hooked.Prepare(arguments);

        ProcessStartInfo Plain(params IEnumerable<string> arguments) => bench.Runner.Prepare("git", trees.Git, ["--git-dir", plain, "--work-tree", trees.Git, .. arguments]);

        Contestant Repeating(string who, int times, Func<ProcessStartInfo> command) =>
            Contestant.Of(who, async (_, cancel) => new Turn(await bench.Runner.RepeatAsync(times, command(), cancel)));
    }

    // Spread over the tree, the same in both.
    private static void Change(string tree)
    {
        string[] paths = [.. Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(tree, path)).Where(path => path[0] != '.').Order(StringComparer.Ordinal)];
        for (int i = 0; i < FilesChanged; i++)
        {
            File.AppendAllText(Path.Combine(tree, paths[i * (paths.Length / FilesChanged)]), "changed\n");
        }
    }
}
