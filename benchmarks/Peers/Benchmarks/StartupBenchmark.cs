using Monorepo.Peers.Measuring;

namespace Monorepo.Peers.Benchmarks;

/// <summary>What every command costs before it does anything. Each turn starts a program many times from a shell, so that starting it from here costs nothing that counts.</summary>
internal sealed class StartupBenchmark : PeerBenchmark
{
    private const int Starts = 50;
    private const double MillisecondsMax = 10;

    public override string Name => "startup";

    public override string Summary => $"mr --version and mr --help beside git --version: {Starts} starts a turn";

    public override (int Full, int Quick) Rounds => (9, 3);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        Contest contest = new("starts",
        [
            Starting(bench, "mr --version", bench.Tools.Client, "--version"),
            Starting(bench, "mr --help", bench.Tools.Client, "--help"),
            Starting(bench, "git --version", "git", "--version"),
            Starting(bench, "true", "/bin/true"),
        ]);
        await contest.RunAsync(bench.Rounds, bench.Folder, cancellationToken);
        bench.Report.Case("one start", contest.Contestants.Select(c => c.Series));
        bench.Report.Bar(new Bar("version", 1_000 * contest.Contestants[0].Series.MedianSeconds, MillisecondsMax, IsCeiling: true, " ms"));
    }

    private static Contestant Starting(Workbench bench, string name, string program, params string[] arguments) => Contestant.Of(name, async (folder, cancel) =>
        new Turn(await bench.Runner.RepeatAsync(Starts, bench.Runner.Prepare(program, folder, arguments), cancel)));
}
