using System.Diagnostics;
using System.Globalization;
using Monorepo.Peers.Generating;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;
using Monorepo.Peers.Subjects;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// Many clients, each with its own clone and a change of its own, push to one branch at the same moment, round after round. Ours run <c>mr push --rebase</c> once each;
/// git's fetch, rebase and push again until they are through.
/// </summary>
internal sealed class PushBenchmark : PeerBenchmark
{
    private const int Clients = 32;
    private const int RetriesMax = 1_000;
    private const string Branch = "main";

    public override string Name => "push";

    public override string Summary => $"{Clients} clients pushing disjoint changes to one branch, beside git with fetch and rebase";

    public override (int Full, int Quick) Rounds => (5, 1);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        SourceRepository source = await SubjectAsync(bench, cancellationToken);
        string[] files = [.. (await bench.GitAsync(source.Path, cancellationToken, "ls-tree", "-r", "--name-only", "-z", "HEAD")).Output.Split('\0').Take(Clients)];
        if (files.Length < Clients)
            throw new BenchmarkException($"the history has fewer than {Clients} files");

        string data = Path.Combine(bench.Folder, "data");
        await bench.CopyAsync(await bench.Store.ImportAsync(source.Path, cancellationToken), data, cancellationToken);
        await bench.CopyAsync(source.Path, Path.Combine(bench.Folder, "served.git"), cancellationToken);
        await using MonorepoServer server = await bench.ServeAsync(data, cancellationToken);
        await using GitDaemon daemon = await bench.ServeGitAsync(Path.Combine(bench.Folder, "served.git"), cancellationToken);
        string ourUrl = $"{server.Url}/{SubjectStore.Repository}";
        string gitUrl = daemon.UrlOf("served.git");

        Side ours = new(bench, "ours", files, ["commit", "-m"], static (side, copy, cancel) => side.RunAsync(copy, cancel, "push", "--rebase"));
        Side git = new(bench, "git", files, ["commit", "-q", "-a", "-m"], GitPushAsync);
        await ours.PrepareAsync(["clone", ourUrl], cancellationToken);
        await git.PrepareAsync(["clone", "-q", gitUrl], cancellationToken);
        int changes = 0;
        Contest contest = new("32 clients",
        [
            Contestant.Of("mr push --rebase", async (_, cancel) => new Turn(await ours.PushAllAsync(changes++, cancel))),
            Contestant.Of("git push, pull --rebase, ...", async (_, cancel) => new Turn(await git.PushAllAsync(changes++, cancel))),
        ]);
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);

        Series series = contest.Contestants[0].Series;
        int pushed = ours.Pushed;
        int landed = await CountLandedAsync(bench, ours, ourUrl, cancellationToken);
        bench.Report.Case("pushes", contest.Contestants.Select(c => c.Series));
        bench.Report.Fact("pushes", $"{Clients} clients, one commit each a round; ours {Clients / series.MedianSeconds:0} pushes/s, "
            + $"git's {Clients / contest.Contestants[1].Series.MedianSeconds:0} pushes/s with {git.Retries} further tries for {git.Pushed} pushes");
        bench.Report.Bar(new Bar("landed", 100.0 * landed / pushed, 100, IsCeiling: false, " %"));
    }

    private static async Task GitPushAsync(Side git, string copy, CancellationToken cancellationToken)
    {
        for (int tries = 0; tries < RetriesMax; tries++)
        {
            try
            {
                await git.RunAsync(copy, cancellationToken, "push", "-q", "origin", $"HEAD:{Branch}");
                return;
            }
            catch (BenchmarkException) when (tries < RetriesMax - 1)
            {
                git.NoteRetry();
                await git.RunAsync(copy, cancellationToken, "pull", "-q", "--rebase", "origin", Branch);
            }
        }
    }

    private static async Task<SourceRepository> SubjectAsync(Workbench bench, CancellationToken cancellationToken) =>
        bench.Options is { Source: null, Shape: null }
            ? bench.Noted("source", await bench.Store.GenerateAsync(new HistoryShape(Files: bench.Options.Quick ? 300 : 2_000, Commits: 1_000, Changes: 2, Seed: 1), cancellationToken))
            : await bench.SubjectAsync(cancellationToken);

    // Every commit once in a fresh clone, and every client's last line in its file.
    private static async Task<int> CountLandedAsync(Workbench bench, Side ours, string url, CancellationToken cancellationToken)
    {
        string fresh = Path.Combine(bench.Folder, "fresh");
        await ours.RunAsync(bench.Folder, cancellationToken, "clone", url, fresh);
        string[] subjects = [.. (await ours.RunAsync(fresh, cancellationToken, "log", "--oneline")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Dictionary<string, int> seen = subjects.CountBy(subject => subject, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return ours.Commits.Count(commit => seen.GetValueOrDefault(commit.Subject) == 1
            && File.ReadAllText(Path.Combine(fresh, commit.File)).Contains(commit.Subject + "\n", StringComparison.Ordinal));
    }

    /// <summary>One side's clients.</summary>
    private sealed class Side(Workbench bench, string name, string[] files, string[] commit, Func<Side, string, CancellationToken, Task> pushAsync)
    {
        private readonly List<(string File, string Subject)> _commits = [];
        private int _retries;

        public IReadOnlyList<(string File, string Subject)> Commits => _commits;

        public int Pushed => _commits.Count;

        public int Retries => _retries;

        public void NoteRetry() => Interlocked.Increment(ref _retries);

        /// <summary>One clone, copied for every client.</summary>
        public async Task PrepareAsync(string[] clone, CancellationToken cancellationToken)
        {
            await RunAsync(bench.Folder, cancellationToken, [.. clone, CopyOf(0)]);
            for (int client = 1; client < files.Length; client++)
            {
                await bench.CopyAsync(CopyOf(0), CopyOf(client), cancellationToken);
            }
        }

        /// <summary>A change and a commit for every client, then all push at once.</summary>
        /// <returns>From the first start to the last end.</returns>
        public async Task<TimeSpan> PushAllAsync(int round, CancellationToken cancellationToken)
        {
            for (int client = 0; client < files.Length; client++)
            {
                string subject = string.Create(CultureInfo.InvariantCulture, $"Change {round} of client {client}");
                await File.AppendAllTextAsync(Path.Combine(CopyOf(client), files[client]), subject + "\n", cancellationToken);
                await RunAsync(CopyOf(client), cancellationToken, [.. commit, subject]);
                _commits.Add((files[client], subject));
            }

            long start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, files.Length).Select(client => Task.Run(() => pushAsync(this, CopyOf(client), cancellationToken), cancellationToken)));
            return Stopwatch.GetElapsedTime(start);
        }

        public Task<ProgramOutcome> RunAsync(string folder, CancellationToken cancellationToken, params string[] arguments) => name is "git"
            ? bench.GitAsync(folder, cancellationToken, arguments)
            : bench.ClientAsync(folder, Path.Combine(bench.Folder, "cache"), cancellationToken, arguments);

        private string CopyOf(int client) => Path.Combine(bench.Folder, string.Create(CultureInfo.InvariantCulture, $"{name}{client}"));
    }
}
