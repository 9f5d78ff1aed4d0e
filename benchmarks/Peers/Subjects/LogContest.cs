using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Subjects;

/// <summary>Logs of our clone and of git's repository, in turns; checked to be the same first. Each turn is several runs from a shell; a figure is the mean of one.</summary>
/// <param name="bench">Runs the programs.</param>
/// <param name="folder">Holds the clone, <c>ours</c>.</param>
/// <param name="source">git's.</param>
internal sealed class LogContest(Workbench bench, string folder, SourceRepository source)
{
    private const int Runs = 3;

    private string Ours => Path.Combine(folder, "ours");

    /// <param name="name">Of the case.</param>
    /// <param name="atLeast">So many times as fast as git, the first of ours.</param>
    /// <param name="paths">What the log is limited to.</param>
    /// <param name="ours">Of <see cref="Alone"/> and <see cref="Watched"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(string name, double atLeast, string[] paths, IReadOnlyList<Contestant> ours, CancellationToken cancellationToken)
    {
        await CheckAsync(name, paths, cancellationToken);
        Contestant git = Contestant.Of(
            paths.Length > 0 ? "git log -- PATH" : "git log --oneline",
            async (_, cancel) => new Turn(await bench.Runner.RepeatAsync(Runs, bench.Runner.Prepare("git", source.Path, ["log", "--oneline", .. paths]), cancel)));
        Contest contest = new(name, [.. ours, git]);
        await contest.RunAsync(bench.Rounds, folder, cancellationToken);
        bench.Report.Case(name, contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(Bar.Faster(name, ours[0].Series, git.Series, atLeast));
    }

    /// <summary>Cold: clones and a cache that have seen no log.</summary>
    public Contestant Alone(string name, params string[] paths) => Contestant.Of(name, async (turn, cancel) =>
    {
        List<string> copies = await CopyAsync(turn, cancel);
        return new Turn(await bench.Runner.RepeatInAsync(copies, bench.PrepareClient(turn, CacheOf(turn), ["log", "--oneline", .. paths]), cancel));
    });

    /// <summary>As <see cref="Alone"/>, with watchers that run.</summary>
    /// <param name="name">Of the contestant.</param>
    /// <param name="before">What another log was limited to that each watcher was asked for before; empty: none was.</param>
    /// <param name="paths">What the log is limited to.</param>
    public Contestant Watched(string name, string[] before, params string[] paths) => Contestant.Of(name, async (turn, cancel) =>
    {
        List<string> copies = await CopyAsync(turn, cancel);
        await EachAsync("watcher", "start");
        try
        {
            if (before.Length > 0)
                await EachAsync(["log", "--oneline", .. before]);
            TimeSpan elapsed = await bench.Runner.RepeatInAsync(copies, Prepare(turn, ["log", "--oneline", .. paths]), cancel);
            foreach (ProgramOutcome said in await EachAsync("watcher", "status", "--json"))
            {
                using JsonDocument status = JsonDocument.Parse(said.OutputBytes);
                if (status.RootElement.GetProperty("commands").GetInt32() != (before.Length > 0 ? 2 : 1))
                    throw new BenchmarkException($"{name}: a watcher did not run the log");
            }

            return new Turn(elapsed);
        }
        finally
        {
            await EachAsync("watcher", "stop");
        }

        async Task<List<ProgramOutcome>> EachAsync(params string[] arguments)
        {
            List<ProgramOutcome> outcomes = [];
            foreach (string copy in copies)
            {
                outcomes.Add(await bench.Runner.RunAsync(Prepare(copy, arguments), inputFile: null, cancel));
            }

            return outcomes;
        }

        ProcessStartInfo Prepare(string directory, IEnumerable<string> arguments)
        {
            ProcessStartInfo start = bench.PrepareClient(directory, CacheOf(turn), arguments);
            start.Environment["MR_WATCHER"] = "on";
            return start;
        }
    });

    private static string CacheOf(string turn) => Path.Combine(turn, "cache");

    private async Task<List<string>> CopyAsync(string turn, CancellationToken cancellationToken)
    {
        List<string> copies = [];
        for (int i = 0; i < Runs; i++)
        {
            copies.Add(Path.Combine(turn, string.Create(CultureInfo.InvariantCulture, $"ours-{i}")));
            await bench.CopyAsync(Ours, copies[i], cancellationToken);
        }

        return copies;
    }

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
