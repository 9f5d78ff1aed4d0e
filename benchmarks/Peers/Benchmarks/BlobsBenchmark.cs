using System.Globalization;
using Monorepo.Peers.BlobPlane;
using Monorepo.Peers.Measuring;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// Contents from the server's memory: our RPC over tcp and shared memory, our gRPC fallback, a raw loop over sockets, and ucx_perftest. Each client and each
/// server is a process of its own; everybody has a turn in each round, and only whoever has it is running.
/// </summary>
internal sealed class BlobsBenchmark : PeerBenchmark
{
    private const int SharedMemoryPieceBytes = 256 << 10;

    public override string Name => "blobs";

    public override string Summary => "contents from memory: UCX over tcp and shared memory, gRPC, raw TCP and ucx_perftest";

    public override (int Full, int Quick) Rounds => (5, 3);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        string data = await PrepareAsync(bench, cancellationToken);
        await using BlobContest contest = await BlobContest.StartAsync(bench, data, SharedMemoryPieceBytes, cancellationToken);
        double seconds = bench.Options.Quick ? 0.5 : 1.0;
        await contest.WarmAsync();
        BlobCase one = new("1k-32x1", new Load("1k", 32, 1, seconds), ["ucx-tcp", "ucx-shm", "grpc", "raw"]);
        BlobCase eight = new("1k-32x8", new Load("1k", 32, 8, seconds), ["ucx-tcp", "ucx-shm", "grpc", "raw"]);
        BlobCase many = new("16k-1x32", new Load("16k", 1, 32, seconds), ["ucx-tcp", "ucx-shm", "grpc", "raw"]);
        BlobCase large = new("4m-1x4", new Load("4m", 1, 4, seconds), ["ucx-tcp", "ucx-shm", "grpc", "raw", "perftest-tcp", "perftest-shm"]);
        FairnessCase fairness = new(seconds);
        for (int round = 0; round <= bench.Rounds; round++)
        {
            Console.Error.WriteLine(round == 0 ? "bench: warming up" : $"bench: round {round} of {bench.Rounds}");
            foreach (BlobCase each in (BlobCase[])[one, eight, many, large])
                await each.TurnAsync(contest, round, cancellationToken);
            await fairness.TurnAsync(contest, round);
        }

        bench.Report.Table(
            "requests a second, contents, time of a request, processor time of client + server",
            ["case", "contestant", "ops/s", "MB/s", "p50 us", "p99 us", "client s/GB", "server s/GB"],
            [.. one.Rows(), .. eight.Rows(), .. many.Rows(), .. large.Rows(), .. fairness.Rows()]);
        Bar(bench, "1k-32x1", one.Ratio("ucx-tcp", "grpc"), 4, "x");
        Bar(bench, "1k-32x8", eight.Ratio("ucx-tcp", "grpc"), 4, "x");
        Bar(bench, "1k-32x8-keys", eight.PerSecond("ucx-tcp") * 32, 1_500_000, "/s");
        Bar(bench, "4m-tcp", large.Ratio("ucx-tcp", "perftest-tcp"), 0.75, "x");
        Bar(bench, "4m-shm", large.Ratio("ucx-shm", "perftest-shm"), 0.75, "x");
        Bar(bench, "16k-tcp", many.Ratio("ucx-tcp", "raw"), 1, "x");
        Bar(bench, "16k-shm", many.Ratio("ucx-shm", "raw"), 1.3, "x");
        bench.Report.Bar(new Bar("p99-beside-slow-reader", fairness.Ratio, 3, IsCeiling: true, "x"));
    }

    private static void Bar(Workbench bench, string name, double value, double atLeast, string unit) =>
        bench.Report.Bar(new Bar(name, value, atLeast, IsCeiling: false, unit));

    internal static async Task<string> PrepareAsync(Workbench bench, CancellationToken cancellationToken)
    {
        string repository = Path.Combine(bench.Tools.DataFolder, "blobs.git");
        if (!Directory.Exists(repository))
        {
            await BlobSet.WriteRepositoryAsync(bench.Runner, repository + ".unfinished", BlobSet.Measured, cancellationToken);
            Directory.Move(repository + ".unfinished", repository);
        }

        bench.Report.Fact("contents", string.Join("; ", BlobSet.Measured.Select(static set => string.Create(CultureInfo.InvariantCulture, $"{set.Count:N0} x {ByteText.Of(set.SizeBytes)}"))) + ", incompressible");
        return await bench.Store.ImportAsync(repository, cancellationToken);
    }
}
