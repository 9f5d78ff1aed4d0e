using System.Diagnostics;
using System.Globalization;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Benchmarks;

/// <summary>The watcher's torture test, made long: the status of random trees beside a scan's and git's after each step. No difference is allowed.</summary>
internal sealed class TortureBenchmark : PeerBenchmark
{
    private const int Steps = 200_000;
    private const int QuickSteps = 5_000;

    public override string Name => "torture";

    public override string Summary => "the watcher's status against a scan and git status, over 200,000 random steps";

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        int steps = bench.Options.Quick ? QuickSteps : Steps;
        ProcessStartInfo start = bench.Runner.Prepare(
            "dotnet", bench.Tools.Root, "test", "tests/client/Workspace.Tests", "--nologo", "--filter", "FullyQualifiedName~TortureTests");
        start.Environment["MR_TORTURE_STEPS"] = steps.ToString(CultureInfo.InvariantCulture);
        start.Environment["MR_TORTURE_SEED"] = Random.Shared.Next(1, 1_000_000).ToString(CultureInfo.InvariantCulture);
        bench.Report.Fact("torture", $"{steps:N0} steps from seed {start.Environment["MR_TORTURE_SEED"]}");

        // The test fails at the first difference, and says the seed and the step.
        int differences = 0;
        long begin = Stopwatch.GetTimestamp();
        try
        {
            await bench.Runner.RunAsync(start, inputFile: null, cancellationToken);
        }
        catch (BenchmarkException e)
        {
            bench.Report.Fact("difference", e.Message);
            differences = 1;
        }

        bench.Report.Fact("torture", $"{Stopwatch.GetElapsedTime(begin).TotalSeconds:N0} s");
        bench.Report.Bar(new Bar("differences", differences, 0, IsCeiling: true, ""));
    }
}
