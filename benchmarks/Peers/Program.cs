using Monorepo.Peers;
using Monorepo.Peers.Benchmarks;
using Monorepo.Peers.BlobPlane;
using Monorepo.Peers.Running;

if (args is [LoadProgram.Verb, ..])
    return await LoadProgram.RunAsync(args.AsMemory(1));
if (args is [RawTcpServer.Verb])
    return await RawTcpServer.RunAsync();
PeerBenchmark[] benchmarks = [
    new CloneBenchmark(), new PullBenchmark(), new LogBenchmark(), new BlameBenchmark(), new PushBenchmark(), new ImportBenchmark(),
    new CheckoutBenchmark(), new CiBenchmark(), new StatusBenchmark(), new DayBenchmark(), new WatcherBenchmark(), new StartupBenchmark(),
    new CacheBenchmark(), new BlobsBenchmark(), new EdgeBenchmark(), new FlashBenchmark(), new SoakBenchmark(), new TortureBenchmark(),
];
if (args.Length == 0)
{
    Console.WriteLine(BenchmarkOptions.Usage);
    foreach (PeerBenchmark listed in benchmarks)
    {
        Console.WriteLine($"  {listed.Name,-8} {listed.Summary}");
    }

    return 0;
}

using CancellationTokenSource stopping = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stopping.Cancel();
};

try
{
    PeerBenchmark benchmark = benchmarks.FirstOrDefault(b => string.Equals(b.Name, args[0], StringComparison.Ordinal))
        ?? throw new BenchmarkException($"there is no benchmark '{args[0]}'; there is: {string.Join(", ", benchmarks.Select(b => b.Name))}");
    using Workbench bench = await Workbench.CreateAsync(BenchmarkOptions.Parse(args.AsSpan(1)), benchmark, stopping.Token);
    await benchmark.RunAsync(bench, stopping.Token);
    bench.Report.Print(Console.Out);
    bench.Report.Save(bench.Tools.ResultFolder);
    return bench.Report.AllMet ? 0 : 3;
}
catch (BenchmarkException e)
{
    await Console.Error.WriteLineAsync($"bench: {e.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
