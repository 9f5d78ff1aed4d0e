using Monorepo.Peers;
using Monorepo.Peers.Road;
using Monorepo.Peers.Running;

PeerBenchmark[] benchmarks = [new RoadBenchmark()];
if (args.Length == 0)
{
    Console.WriteLine("usage: ./build.sh bench NAME [--quick] [--rounds N] [SOURCE]\n\nSOURCE is a git repository or a bundle; without it a history is generated.\n");
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
    BenchmarkOptions options = BenchmarkOptions.Parse(args.AsSpan(1));
    return await benchmark.RunAsync(options, stopping.Token) ? 0 : 3;
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
