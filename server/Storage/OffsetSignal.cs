namespace Monorepo.Storage;

/// <summary>Wakes those who wait for a number to grow. Nobody polls; a waiter costs one continuation. Thread-safe.</summary>
/// <param name="value">The number now.</param>
public sealed class OffsetSignal(long value)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _grown = New();
    private long _value = value;

    /// <summary>Wakes everybody who waits for less than this.</summary>
    public void Advance(long value)
    {
        TaskCompletionSource grown;
        lock (_lock)
        {
            if (value <= _value)
            {
                return;
            }

            _value = value;
            grown = _grown;
            _grown = New();
        }

        grown.SetResult();
    }

    /// <summary>Returns when the number is above the one given.</summary>
    public async Task WaitAsync(long above, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task grown;
            lock (_lock)
            {
                if (_value > above)
                {
                    return;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
