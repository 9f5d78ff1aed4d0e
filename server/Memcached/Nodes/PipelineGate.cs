namespace Monorepo.Memcached.Nodes;

/// <summary>
/// Bounds what is in flight to one node: so many requests, so many request bytes. First come, first served; at most
/// <see cref="WaitersMax"/> wait, the rest is turned away at once. A request larger than the whole budget is let in alone. Thread-safe.
/// </summary>
internal sealed class PipelineGate(int operationsMax, int bytesMax)
{
    /// <summary>Enough for a burst of prefetches; beyond it waiting only adds latency to a miss.</summary>
    public const int WaitersMax = 4096;

    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private int _operations;
    private long _bytes;

    /// <summary>True when let in, to be followed by <see cref="Leave"/>; false when turned away or cancelled while waiting.</summary>
    public async ValueTask<bool> EnterAsync(int bytes, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && HasRoom(bytes))
            {
                Take(bytes);
                return true;
            }

            if (_waiters.Count >= WaitersMax || cancellationToken.IsCancellationRequested)
                return false;
            waiter = new Waiter(bytes);
            _waiters.AddLast(waiter.Place);
        }

        await using (cancellationToken.UnsafeRegister(_ => GiveUp(waiter), null))
            return await waiter.Admitted.Task;
    }

    public void Leave(int bytes)
    {
        lock (_lock)
        {
            _operations--;
            _bytes -= bytes;
            AdmitWaiters();
        }
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place.List is null)
                return;
            _waiters.Remove(waiter.Place);
            // The one that gave up may have been large and first in line.
            AdmitWaiters();
        }

        waiter.Admitted.TrySetResult(false);
    }

    private void AdmitWaiters()
    {
        while (_waiters.First is { } first && HasRoom(first.Value.Bytes))
        {
            Take(first.Value.Bytes);
            _waiters.RemoveFirst();
            first.Value.Admitted.TrySetResult(true);
        }
    }

    private bool HasRoom(int bytes) => _operations == 0 || (_operations < operationsMax && _bytes + bytes <= bytesMax);

    private void Take(int bytes)
    {
        _operations++;
        _bytes += bytes;
    }

    private sealed class Waiter
    {
        public Waiter(int bytes)
        {
            Bytes = bytes;
            Place = new LinkedListNode<Waiter>(this);
        }

        public int Bytes { get; }

        public LinkedListNode<Waiter> Place { get; }

        public TaskCompletionSource<bool> Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
