using System.Diagnostics;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>What a developer does all day, in one large tree: ours with its watcher beside git at its best (the watchman hook, untracked cache, index version 4).</summary>
internal sealed class DayBenchmark : PeerBenchmark
{
    private const int FilesChanged = 10;
    private const int StackCommits = 20;
    private const int CommitsApart = 100;
    private const int DiffRuns = 5;

    // Of 200,000 files: git writes the whole index, which is little in a small tree.
    private const double CommitAtLeast = 5;
    private const double RebaseAtLeast = 3;

    private static readonly HistoryShape s_full = new(Files: 200_000, Commits: 50_000, Changes: 2, Seed: 1);
    private static readonly HistoryShape s_quick = new(Files: 20_000, Commits: 10, Changes: 4, Seed: 1);

    public override string Name => "day";

    public override string Summary => "mr commit, diff, stash, switch, rebase, merge and undo beside git's, with watchers, in one tree";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository source = await bench.CheckoutSubjectAsync(s_full, s_quick, cancellationToken);
        (string past, string[] paths) = await ChooseAsync(bench, source, cancellationToken);
        await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
        TreePair trees = await TreePair.CheckOutAsync(bench, source, server.Url, cancellationToken);
        await using HookedGit hooked = await HookedGit.StartAsync(trees, cancellationToken);
        await trees.StartWatcherAsync(cancellationToken);
        try
        {
            DaySide ours = new(bench.Runner, trees.Ours, WithCache, ["commit", "-m"]);
            DaySide gits = new(bench.Runner, trees.Git, arguments => hooked.Prepare(arguments), ["commit", "-q", "-a", "-m"]);
            await new Day(bench, ours, gits, paths).RunAsync(past, source.Head, cancellationToken);
        }
        finally
        {
            await trees.StopWatcherAsync(CancellationToken.None);
        }

        ProcessStartInfo WithCache(string[] arguments)
        {
            ProcessStartInfo start = trees.Client(arguments);
            start.Environment["MR_CACHE_DIR"] = trees.Cache;
            return start;
        }
    }

    // An older commit of the main line, and files that are alike there and at the tip, spread over the tree.
    private static async Task<(string Past, string[] Paths)> ChooseAsync(Workbench bench, SourceRepository source, CancellationToken cancellationToken)
    {
        string[] line = (await bench.GitAsync(source.Path, cancellationToken, "rev-list", "--first-parent", source.Head)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string past = line[Math.Min(CommitsApart, line.Length / 2)];
        HashSet<string> changed = [.. await ListAsync("diff-tree", "-r", "-z", "--no-renames", "--name-only", past, source.Head)];
        string[] same = [.. (await ListAsync("ls-tree", "-r", "-z", "--name-only", past)).Where(path => !changed.Contains(path))];
        int count = FilesChanged + StackCommits;
        bench.Report.Fact("day", $"{FilesChanged} files changed; {StackCommits} commits onto a tip that is {changed.Count:N0} files ahead");
        return (past, [.. Enumerable.Range(0, count).Select(i => same[i * (same.Length / count)])]);

        async Task<string[]> ListAsync(params string[] arguments) =>
            (await bench.GitAsync(source.Path, cancellationToken, arguments)).Output.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The work, case by case.</summary>
    private sealed class Day(Workbench bench, DaySide ours, DaySide gits, string[] paths)
    {
        private const string Stack = "stack";
        private const string Tip = "tip";
        private const string Past = "past";

        private readonly string[] _changed = paths[..FilesChanged];

        public async Task RunAsync(string past, string tip, CancellationToken cancellationToken)
        {
            await CompareAsync("commit", "mr commit", "git commit -a", CommitAtLeast, ChangeAsync, static (side, _, cancel) => TimeAsync(side.CommitAsync(cancel)), cancellationToken);
            await EditsAsync(cancellationToken);
            foreach (DaySide side in (DaySide[])[ours, gits])
            {
                await BuildAsync(side, past, tip, cancellationToken);
            }

            await CompareAsync("switch", "mr switch, there and back", "git switch", null, static (_, _) => Task.CompletedTask, static async (side, _, cancel) =>
                await TimeAsync(side.RunAsync(cancel, "switch", Tip)) + await TimeAsync(side.RunAsync(cancel, "switch", Past)), cancellationToken);
            await CompareAsync("rebase", "mr rebase", "git rebase", RebaseAtLeast, FromStackAsync, static (side, _, cancel) =>
                TimeAsync(side.RunAsync(cancel, "rebase", Tip)), cancellationToken);
            await CheckAsync("rebase", cancellationToken);
            await CompareAsync("merge", "mr merge", "git merge", null, FromStackAsync, static (side, isOurs, cancel) =>
                TimeAsync(side.RunAsync(cancel, isOurs ? ["merge", Tip] : ["merge", "-q", "--no-edit", Tip])), cancellationToken);
            await CheckAsync("merge", cancellationToken);
            await UndoAsync(cancellationToken);
        }

        // What works with changes that are not committed; they are at the end.
        private async Task EditsAsync(CancellationToken cancellationToken)
        {
            ours.Change(_changed);
            gits.Change(_changed);
            await CompareAsync("diff", "mr diff", "git diff HEAD", null, static (_, _) => Task.CompletedTask, static (side, isOurs, cancel) =>
                side.RepeatAsync(DiffRuns, cancel, isOurs ? ["diff"] : ["--no-pager", "diff", "HEAD"]), cancellationToken);
            await CompareAsync("stash", "mr stash", "git stash", null, ChangeAsync, static async (side, _, cancel) =>
            {
                TimeSpan elapsed = await TimeAsync(side.RunAsync(cancel, "stash"));
                await side.RunAsync(cancel, "stash", "pop");
                return elapsed;
            }, cancellationToken);
            await CompareAsync(
                "stash-pop", "mr stash pop", "git stash pop", null,
                async (side, cancel) =>
                {
                    side.Change(_changed);
                    await side.RunAsync(cancel, "stash");
                },
                static (side, _, cancel) => TimeAsync(side.RunAsync(cancel, "stash", "pop")), cancellationToken);
            await ours.CommitAsync(cancellationToken);
            await gits.CommitAsync(cancellationToken);
        }

        // Where work goes on: branches at the two commits, and a stack of commits of one file each at the older one.
        private async Task BuildAsync(DaySide side, string past, string tip, CancellationToken cancellationToken)
        {
            await side.RunAsync(cancellationToken, "branch", Tip, tip);
            await side.RunAsync(cancellationToken, "branch", Past, past);
            await side.RunAsync(cancellationToken, "switch", "-c", Stack, past);
            for (int i = 0; i < StackCommits; i++)
            {
                side.Change([paths[FilesChanged + i]]);
                await side.CommitAsync(cancellationToken);
            }

            await side.RunAsync(cancellationToken, "switch", Past);
        }

        private async Task UndoAsync(CancellationToken cancellationToken)
        {
            Contest contest = new("undo",
            [
                Contestant.Of("mr undo, of a merge", async (_, cancel) =>
                {
                    await ours.BranchAsync(Stack, cancel);
                    await ours.RunAsync(cancel, "merge", Tip);
                    return new Turn(await TimeAsync(ours.RunAsync(cancel, "undo")));
                }),
            ]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            bench.Report.Case("undo", contest.Contestants.Select(c => c.Series));
        }

        private async Task CompareAsync(
            string name, string oursName, string gitsName, double? atLeast,
            Func<DaySide, CancellationToken, Task> prepareAsync, Func<DaySide, bool, CancellationToken, Task<TimeSpan>> workAsync, CancellationToken cancellationToken)
        {
            Contest contest = new(name, [Of(oursName, ours, isOurs: true), Of(gitsName, gits, isOurs: false)]);
            await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
            bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
            if (atLeast is { } times)
                bench.Report.Bar(Bar.Faster(name, contest.Contestants[0].Series, contest.Contestants[1].Series, times));

            Contestant Of(string who, DaySide side, bool isOurs) => Contestant.Of(who, async (_, cancel) =>
            {
                await prepareAsync(side, cancel);
                return new Turn(await workAsync(side, isOurs, cancel));
            });
        }

        private Task ChangeAsync(DaySide side, CancellationToken cancellationToken)
        {
            side.Change(_changed);
            return Task.CompletedTask;
        }

        private static Task FromStackAsync(DaySide side, CancellationToken cancellationToken) => side.BranchAsync(Stack, cancellationToken);

        // Fast and wrong is no result.
        private async Task CheckAsync(string name, CancellationToken cancellationToken)
        {
            string ourTree = await ours.TreeAsync(cancellationToken);
            string gitTree = await gits.TreeAsync(cancellationToken);
            if (!string.Equals(ourTree, gitTree, StringComparison.Ordinal))
                throw new BenchmarkException($"{name}: mr made the tree {ourTree}, git {gitTree}");
        }

        private static async Task<TimeSpan> TimeAsync(Task<ProgramOutcome> command) => (await command).Elapsed;
    }
}
