using System.Diagnostics;
using System.Globalization;
using Monorepo.Peers.BlobPlane;
using Monorepo.Peers.Measuring;
using Monorepo.Peers.Running;

namespace Monorepo.Peers.Benchmarks;

/// <summary>
/// A long mixed load on a server whose hot set is smaller than what is asked for: memory must be the same at the end as after the first minute. Then nobody
/// asks anything, and neither side may use a processor.
/// </summary>
internal sealed class SoakBenchmark : PeerBenchmark
{
    private const int MinutesDefault = 10;
    private const double GrowthMax = 1.05;
    private const double IdlePercentMax = 1;
    private const int TurnSeconds = 4;
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_samplePeriod = TimeSpan.FromSeconds(1);

    // Two times every client's whole round of loads, so that no figure depends on what was asked just then.
    private const int SamplesPerFigure = 2 * 3 * TurnSeconds;

    public override string Name => "soak";

    public override string Summary => "memory after a long mixed load with misses and evictions, and processor time when idle (--minutes N)";

    public override (int Full, int Quick) Rounds => (1, 1);

    public override async Task RunAsync(Workbench bench, CancellationToken cancellationToken)
    {
        TimeSpan length = bench.Options.Quick ? TimeSpan.FromMinutes(1) : TimeSpan.FromMinutes(bench.Options.Minutes ?? MinutesDefault);
        TimeSpan reference = bench.Options.Quick ? length / 3 : TimeSpan.FromMinutes(1);
        string data = await BlobsBenchmark.PrepareAsync(bench, cancellationToken);
        string copy = Path.Combine(bench.Folder, "soak");
        await bench.CopyAsync(data, copy, cancellationToken);
        await using MonorepoServer server = await MonorepoServer.StartAsync(
            bench.Runner, bench.Tools, copy, cancellationToken, "--hot-set", "32M", "--memory", "64M");
        List<ChildProgram> clients = [];
        try
        {
            foreach (string kind in (string[])["ucx-tcp", "ucx-tcp", "grpc"])
                clients.Add((await ChildProgram.StartAsync(bench.Runner, isCompiledOnce: true, [LoadProgram.Verb, kind, server.Url])).Program);
            using CancellationTokenSource done = new();
            Task<long>[] loads = [.. clients.Select((client, i) => LoadAsync(client, i, done.Token))];
            int[] processes = [server.ProcessId, clients[0].ProcessId];
            long[] early = await SampleAsync(processes, reference, cancellationToken);
            long[] late = await SampleAsync(processes, length - reference, cancellationToken);
            await done.CancelAsync();
            long requests = (await Task.WhenAll(loads)).Sum();
            double[] idle = await IdleAsync(processes, cancellationToken);

            bench.Report.Fact("load", string.Create(CultureInfo.InvariantCulture, $"{requests:N0} requests of three clients in {length.TotalMinutes:0.#} minutes; hot set 32 MiB, contents 52 MiB"));
            bench.Report.Table(
                "resident memory under load, and processor time when idle",
                ["process", $"after {reference.TotalSeconds:0} s", "at the end", "growth", "idle % of a core"],
                [.. ((string[])["server", "client"]).Select((who, i) => (string[])[who, ByteText.Of(early[i]), ByteText.Of(late[i]), Figure((double)late[i] / early[i]), Figure(idle[i])])]);
            bench.Report.Bar(new Bar("server-memory", (double)late[0] / early[0], GrowthMax, IsCeiling: true, "x"));
            bench.Report.Bar(new Bar("client-memory", (double)late[1] / early[1], GrowthMax, IsCeiling: true, "x"));
            bench.Report.Bar(new Bar("server-idle", idle[0], IdlePercentMax, IsCeiling: true, "%"));
            bench.Report.Bar(new Bar("client-idle", idle[1], IdlePercentMax, IsCeiling: true, "%"));
        }
        finally
        {
            foreach (ChildProgram client in clients)
                await client.DisposeAsync();
        }
    }

    private static string Figure(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <returns>Requests answered.</returns>
    private static async Task<long> LoadAsync(ChildProgram client, int number, CancellationToken done)
    {
        Load[] loads = [new("1k", 32, 4, TurnSeconds), new("16k", 4, 8, TurnSeconds), new("4m", 1, 2, TurnSeconds)];
        long requests = 0;
        for (int turn = number; !done.IsCancellationRequested; turn++)
            requests += LoadResult.Parse(await client.AskAsync(loads[turn % loads.Length].ToLine())).Operations;
        return requests;
    }

    /// <summary>Waits, and then takes the mean of some samples, for a moment says little of a garbage-collected process.</summary>
    private static async Task<long[]> SampleAsync(int[] processes, TimeSpan after, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        TimeSpan sampling = SamplesPerFigure * s_samplePeriod;
        await Task.Delay(after > sampling ? after - sampling : TimeSpan.Zero, cancellationToken);
        Console.Error.WriteLine($"bench: {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s of load; sampling memory");
        long[] sums = new long[processes.Length];
        for (int sample = 0; sample < SamplesPerFigure; sample++)
        {
            for (int i = 0; i < processes.Length; i++)
                sums[i] += PeakMemory.ResidentOf(processes[i]);
            await Task.Delay(s_samplePeriod, cancellationToken);
        }

        return [.. sums.Select(static sum => sum / SamplesPerFigure)];
    }

    /// <returns>Percent of a core.</returns>
    private static async Task<double[]> IdleAsync(int[] processes, CancellationToken cancellationToken)
    {
        // Collections and compactions that the load left behind.
        await Task.Delay(s_settling, cancellationToken);
        double[] before = [.. processes.Select(ChildProgram.CpuSecondsOf)];
        await Task.Delay(s_idle, cancellationToken);
        return [.. processes.Select((process, i) => 100 * (ChildProgram.CpuSecondsOf(process) - before[i]) / s_idle.TotalSeconds)];
    }
}
