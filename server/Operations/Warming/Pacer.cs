namespace Monorepo.Operations.Warming;

/// <summary>Spreads bytes over time. Thread-safe.</summary>
/// <param name="bytesPerSecond">0: as fast as it goes.</param>
/// <param name="time">Measures and waits.</param>
internal sealed class Pacer(long bytesPerSecond, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>Waits until what was spent before is paid for.</summary>
    public Task SpendAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond == 0)
            return Task.CompletedTask;
        TimeSpan wait;
        lock (_lock)
        {
            TimeSpan now = time.GetElapsedTime(_start);
            wait = _free - now;
            _free = (wait > TimeSpan.Zero ? _free : now) + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }
}
