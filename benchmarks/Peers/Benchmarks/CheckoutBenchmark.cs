using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>A first checkout with contents from the server, and a switch between two revisions whose contents are here.</summary>
internal sealed class CheckoutBenchmark : PeerBenchmark
{
    private const double LocalAtLeast = 0.77;
    private const double BloblessAtLeast = 2;
    private const double SwitchAtLeast = 3;
    private const int FilesApart = 1_000;

    public override string Name => "checkout";

    public override string Summary => $"a first mr checkout beside git checkout (all contents local; blobless clone), and a switch between revisions {FilesApart:N0} files apart";

    public override (int Full, int Quick) Rounds => (3, 3);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository source = await bench.CheckoutSubjectAsync(HistoryShape.FileHeavy, HistoryShape.QuickFileHeavy, cancellationToken);
        await using MonorepoServer server = await bench.ServeAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), cancellationToken);
        await using GitDaemon daemon = await bench.ServeGitAsync(source.Path, cancellationToken);
        await FirstAsync(bench, source, server, daemon, cancellationToken);
        await SwitchAsync(bench, source, server, cancellationToken);
    }

    private static async Task FirstAsync(Workbench bench, SourceRepository source, MonorepoServer server, GitDaemon daemon, CancellationToken cancellationToken)
    {
        Contest contest = new("first",
        [
            Contestant.Of("mr checkout, from the server", async (folder, cancel) =>
            {
                await CloneBenchmark.OursAsync(bench, folder, server.Url, cancel);
                ProgramOutcome outcome = await bench.ClientAsync(Path.Combine(folder, "ours"), Path.Combine(folder, "cache"), cancel, "checkout");
                return new Turn(outcome.Elapsed, outcome.PeakBytes);
            }),
            Contestant.Of("git checkout, contents local", async (folder, cancel) =>
            {
                await bench.GitAsync(folder, cancel, "clone", "-q", "--no-checkout", source.Path, "git");
                return await CheckOutAsync(folder, cancel);
            }),
            Contestant.Of("git checkout, blobless clone", async (folder, cancel) =>
            {
                await CloneBenchmark.GitAsync(bench, folder, daemon.UrlOf(source.Name), "blob:none", cancel);
                return await CheckOutAsync(folder, cancel);
            }),
        ]);
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
        bench.Report.Case("first", contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster("first-local", contest.Contestants[0].Series, contest.Contestants[1].Series, LocalAtLeast));
        bench.Report.Bar(Bar.Faster("first-blobless", contest.Contestants[0].Series, contest.Contestants[2].Series, BloblessAtLeast));

        async Task<Turn> CheckOutAsync(string folder, CancellationToken cancel)
        {
            ProgramOutcome outcome = await bench.GitAsync(Path.Combine(folder, "git"), cancel, "checkout", "-q");
            return new Turn(outcome.Elapsed, outcome.PeakBytes);
        }
    }

    // There and back is one turn. The round that warms up fetches the contents.
    private static async Task SwitchAsync(Workbench bench, SourceRepository source, MonorepoServer server, CancellationToken cancellationToken)
    {
        (string revision, int files) = await FindApartAsync(bench, source, cancellationToken);
        bench.Report.Fact("switch", $"{files:N0} files apart, there and back");
        TreePair trees = await TreePair.CheckOutAsync(bench, source, server.Url, cancellationToken);
        Contest contest = new("switch",
        [
            Contestant.Of("mr checkout", (_, cancel) => BothAsync(r => bench.ClientAsync(trees.Ours, trees.Cache, cancel, "checkout", r))),
            Contestant.Of("git switch", (_, cancel) => BothAsync(r => bench.GitAsync(trees.Git, cancel, "switch", "-q", "--detach", r))),
        ]);
        await contest.RunAsync(bench.Rounds + 2, bench.Folder, cancellationToken);
        bench.Report.Case("switch", contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster("switch", contest.Contestants[0].Series, contest.Contestants[1].Series, SwitchAtLeast));

        async Task<Turn> BothAsync(Func<string, Task<ProgramOutcome>> checkOutAsync)
        {
            ProgramOutcome there = await checkOutAsync(revision);
            ProgramOutcome back = await checkOutAsync(source.Head);
            return new Turn(there.Elapsed + back.Elapsed, Math.Max(there.PeakBytes, back.PeakBytes));
        }
    }

    // The first-parent ancestor nearest to so many changed files; a small history has its tenth.
    private static async Task<(string Revision, int Files)> FindApartAsync(Workbench bench, SourceRepository source, CancellationToken cancellationToken)
    {
        string[] line = (await bench.GitAsync(source.Path, cancellationToken, "rev-list", "--first-parent", source.Head)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int wanted = (int)Math.Min(FilesApart, Math.Max(1, source.Files / 10));
        int at = await Bisection.FirstAsync(1, line.Length - 1, async i => await CountAsync(i) >= wanted);
        return (line[at], await CountAsync(at));

        async Task<int> CountAsync(int back) => (await bench.GitAsync(source.Path, cancellationToken, "diff-tree", "-r", "-z", "--name-only", line[back], source.Head)).Output.Count(c => c == '\0');
    }
}
