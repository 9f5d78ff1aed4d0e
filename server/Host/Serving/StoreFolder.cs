using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Serving;

/// <summary>
/// Folds small clusters every now and then, so that what is pushed one by one comes to lie as densely as what was imported. One step at a time, and
/// after each a rest as long as the step took: at most half of one core.
/// </summary>
/// <param name="engine">The store; outlives this.</param>
/// <param name="interval">From one round to the next, and before the first; null: never.</param>
/// <param name="time">Measures and waits.</param>
/// <param name="log">Told of rounds that did something.</param>
internal sealed class StoreFolder(RocksDbEngine engine, TimeSpan? interval, TimeProvider time, ServerLog log) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Call it once.</summary>
    public void Start()
    {
        if (interval is { } period)
        {
            _running = Task.Run(() => RunAsync(period));
        }
    }

    /// <summary>Returns when the step in work is done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(TimeSpan period)
    {
        using PeriodicTimer timer = new(period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await FoldAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task FoldAsync()
    {
        try
        {
            CompactionProgress folded = await engine.FoldAsync(name: null, new Rest(time, _stopping.Token), _stopping.Token);
            if (folded.ClustersFolded > 0)
            {
                log.Folded(folded.ClustersFolded, folded.ClustersMade);
            }
        }
        catch (StorageException e)
        {
            log.FoldFailed(e);
        }
    }

    private sealed class Rest(TimeProvider time, CancellationToken cancellationToken) : IProgress<CompactionProgress>
    {
        private long _stepStart = time.GetTimestamp();

        public void Report(CompactionProgress value)
        {
            // The step's own thread waits, which is what slows it down.
            cancellationToken.WaitHandle.WaitOne(time.GetElapsedTime(_stepStart));
            _stepStart = time.GetTimestamp();
        }
    }
}
