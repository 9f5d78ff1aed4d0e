using System.Globalization;

namespace Monorepo.Peers.BlobPlane;

/// <summary>One load, done by several contestants in turns.</summary>
/// <param name="name">For the report.</param>
/// <param name="load">What each does in a turn.</param>
/// <param name="contestants">Names of clients, or perftest-tcp and perftest-shm.</param>
internal sealed class BlobCase(string name, Load load, string[] contestants)
{
    private readonly Dictionary<string, List<(LoadResult Result, double ServerCpuSeconds)>> _results = contestants.ToDictionary(
        static c => c, static _ => new List<(LoadResult, double)>(), StringComparer.Ordinal);

    /// <summary>The first round warms up. Who goes first alternates.</summary>
    public async Task TurnAsync(BlobContest contest, int round, CancellationToken cancellationToken)
    {
        foreach (string contestant in round % 2 == 0 ? contestants : Enumerable.Reverse(contestants))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (LoadResult Result, double) result = contestant switch
            {
                "perftest-tcp" => (await PerfTestAsync(contest, "tcp"), 0),
                "perftest-shm" => (await PerfTestAsync(contest, "posix,cma"), 0),
                _ => await contest.RunAsync(contestant, load),
            };
            if (round > 0)
                _results[contestant].Add(result);
        }
    }

    public double PerSecond(string contestant) => Median(contestant, static r => r.Result.PerSecond);

    /// <summary>Requests, or bytes where one of the two has no requests: contents are all of a size.</summary>
    public double Ratio(string ours, string peer) => PerSecond(ours) / PerSecond(peer);

    public IEnumerable<string[]> Rows() => contestants.Select(contestant => (string[])
    [
        name,
        contestant,
        Figure(PerSecond(contestant)),
        Figure(Median(contestant, static r => r.Result.MegabytesPerSecond)),
        Figure(Median(contestant, static r => r.Result.P50Us)),
        Figure(Median(contestant, static r => r.Result.P99Us)),
        Figure(Median(contestant, static r => r.Result.CpuSeconds / Gigabytes(r.Result))),
        Figure(Median(contestant, static r => r.ServerCpuSeconds / Gigabytes(r.Result))),
    ]);

    internal static string Figure(double value) => value.ToString(value >= 100 ? "#,##0" : "0.##", CultureInfo.InvariantCulture);

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static double Gigabytes(LoadResult result) => Math.Max(1, result.Bytes) / 1e9;

    private double Median(string contestant, Func<(LoadResult Result, double ServerCpuSeconds), double> figure) => Median(_results[contestant].Select(figure));

    private async Task<LoadResult> PerfTestAsync(BlobContest contest, string transports)
    {
        int size = BlobSet.Named(load.Set).SizeBytes;
        int messages = (int)(load.Seconds * 6e9 / size);
        double megabytes = await UcxPerfTest.BandwidthAsync(contest.Runner, transports, size, messages);
        return new LoadResult(messages, (long)messages * size, messages * (double)size / (megabytes * 1e6), 0, 0, 0);
    }
}
