namespace Monorepo.Peers.BlobPlane;

/// <summary>Small reads alone, and beside a client of the same server that asks for 4 MB contents and hardly reads them: it is stopped most of the time.</summary>
internal sealed class FairnessCase(double seconds)
{
    private static readonly TimeSpan s_running = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_stopped = TimeSpan.FromMilliseconds(30);

    private readonly Load _small = new("1k", 1, 1, seconds);
    private readonly List<LoadResult> _alone = [];
    private readonly List<LoadResult> _beside = [];
    private readonly List<LoadResult> _bulk = [];

    /// <summary>How many times as long the 99th of a hundred takes.</summary>
    public double Ratio => P99(_beside) / P99(_alone);

    public async Task TurnAsync(BlobContest contest, int round)
    {
        LoadResult alone = (await contest.RunAsync("ucx-tcp", _small)).Result;
        ChildProgram bulk = contest.Client("bulk");
        Task<string> pulling = bulk.AskAsync(new Load("4m", 1, 16, seconds + 0.5).ToLine());
        using CancellationTokenSource done = new();
        Task slowing = SlowAsync(bulk, done.Token);
        // It has begun, and filled what it can fill.
        await Task.Delay(300);
        LoadResult beside = (await contest.RunAsync("ucx-tcp", _small)).Result;
        await done.CancelAsync();
        await slowing;
        LoadResult pulled = LoadResult.Parse(await pulling);
        if (round == 0)
            return;
        _alone.Add(alone);
        _beside.Add(beside);
        _bulk.Add(pulled);
    }

    public IEnumerable<string[]> Rows() =>
    [
        Row("small reads alone", _alone),
        Row("beside a slow reader", _beside),
        Row("the slow reader", _bulk),
    ];

    private static string[] Row(string who, List<LoadResult> results) =>
    [
        "fairness", who,
        BlobCase.Figure(BlobCase.Median(results.Select(static r => r.PerSecond))),
        BlobCase.Figure(BlobCase.Median(results.Select(static r => r.MegabytesPerSecond))),
        BlobCase.Figure(BlobCase.Median(results.Select(static r => r.P50Us))),
        BlobCase.Figure(P99(results)), "", "",
    ];

    private static double P99(List<LoadResult> results) => BlobCase.Median(results.Select(static r => r.P99Us));

    private static async Task SlowAsync(ChildProgram program, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(s_running, CancellationToken.None);
            program.Stop();
            await Task.Delay(s_stopped, CancellationToken.None);
            program.Continue();
        }
    }
}
