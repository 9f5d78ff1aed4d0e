using System.Diagnostics;
using System.Text.Json;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>Logs of our clone and of git's repository, in turns; checked to be the same first.</summary>
/// <param name="bench">Runs the programs.</param>
/// <param name="folder">Holds the clone, <c>ours</c>.</param>
/// <param name="source">git's.</param>
internal sealed class LogContest(Workbench bench, string folder, SourceRepository source)
{
    private string Ours => Path.Combine(folder, "ours");

    /// <param name="name">Of the case.</param>
    /// <param name="atLeast">So many times as fast as git, the first of ours.</param>
    /// <param name="paths">What the log is limited to.</param>
    /// <param name="ours">Of <see cref="Alone"/> and <see cref="Watched"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(string name, double atLeast, string[] paths, IReadOnlyList<Contestant> ours, CancellationToken cancellationToken)
    {
        await CheckAsync(name, paths, cancellationToken);
        Contestant git = Contestant.Of($"git log{(paths.Length > 0 ? " -- PATH" : " --oneline")}", async (_, cancel) => new Turn((await bench.GitAsync(source.Path, cancel, ["log", "--oneline", .. paths])).Elapsed));
        Contest contest = new(name, [.. ours, git]);
        await contest.RunAsync(bench.Rounds, folder, cancellationToken);
        bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster(name, ours[0].Series, git.Series, atLeast));
    }

    /// <summary>Cold: a clone and a cache that have seen no log.</summary>
    public Contestant Alone(string name, params string[] paths) => Contestant.Of(name, async (turn, cancel) =>
    {
        await bench.CopyAsync(Ours, Path.Combine(turn, "ours"), cancel);
        return new Turn((await bench.ClientAsync(Path.Combine(turn, "ours"), Path.Combine(turn, "cache"), cancel, ["log", "--oneline", .. paths])).Elapsed);
    });

    /// <summary>As <see cref="Alone"/>, with a watcher that runs.</summary>
    /// <param name="name">Of the contestant.</param>
    /// <param name="before">What another log was limited to that the watcher was asked for before; empty: none was.</param>
    /// <param name="paths">What the log is limited to.</param>
    public Contestant Watched(string name, string[] before, params string[] paths) => Contestant.Of(name, async (turn, cancel) =>
    {
        await bench.CopyAsync(Ours, Path.Combine(turn, "ours"), cancel);
        await AskAsync("watcher", "start");
        try
        {
            if (before.Length > 0)
                await AskAsync(["log", "--oneline", .. before]);
            ProgramOutcome log = await AskAsync(["log", "--oneline", .. paths]);
            using JsonDocument status = JsonDocument.Parse((await AskAsync("watcher", "status", "--json")).OutputBytes);
            int expected = before.Length > 0 ? 2 : 1;
            return status.RootElement.GetProperty("commands").GetInt32() == expected ? new Turn(log.Elapsed) : throw new BenchmarkException($"{name}: the watcher did not run the log");
        }
        finally
        {
            await AskAsync("watcher", "stop");
        }

        Task<ProgramOutcome> AskAsync(params IEnumerable<string> arguments)
        {
            ProcessStartInfo start = bench.Runner.Prepare(bench.Tools.Client, Path.Combine(turn, "ours"), arguments);
            start.Environment["MR_CACHE_DIR"] = Path.Combine(turn, "cache");
            start.Environment["MR_WATCHER"] = "on";
            return bench.Runner.RunAsync(start, inputFile: null, cancel);
        }
    });

    // The same answers, in ids that do not depend on what else is there; asked in a clone of its own, which keeps what it is told.
    private async Task CheckAsync(string name, string[] paths, CancellationToken cancellationToken)
    {
        string asking = Path.Combine(folder, $"{name}-check");
        await bench.CopyAsync(Ours, asking, cancellationToken);
        ProgramOutcome mine = await bench.ClientAsync(asking, Path.Combine(folder, "check"), cancellationToken, ["log", "--oneline", "--abbrev", "40", .. paths]);
        ProgramOutcome theirs = await bench.GitAsync(source.Path, cancellationToken, ["log", "--oneline", "--no-abbrev-commit", .. paths]);
        if (!mine.OutputBytes.AsSpan().SequenceEqual(theirs.OutputBytes))
            throw new BenchmarkException($"mr log and git log differ in {name}: {mine.OutputBytes.Length} bytes and {theirs.OutputBytes.Length}");
    }
}
