namespace Monorepo.Memcached.Nodes;

/// <summary>
/// Decides whether a node is worth a request. Closed until <c>failuresToOpen</c> failures in a row; then open, and once the probe interval has
/// passed, exactly one caller wins the right to probe. A failed probe doubles the interval up to its maximum. Thread-safe.
/// </summary>
internal sealed class CircuitBreaker(int failuresToOpen, TimeSpan probeInterval, TimeSpan probeIntervalMax, TimeProvider time)
{
    private readonly Lock _lock = new();
    private volatile NodeState _state = NodeState.Up;
    private int _failures;
    private TimeSpan _interval;
    private long _openedAt;

    public NodeState State => _state;

    public void RecordSuccess()
    {
        if (Volatile.Read(ref _failures) != 0)
            Volatile.Write(ref _failures, 0);
    }

    /// <summary>True when this failure opened the breaker. Failures while it is open are echoes of older requests and don't count.</summary>
    public bool RecordFailure()
    {
        lock (_lock)
        {
            if (_state != NodeState.Up || ++_failures < failuresToOpen)
                return false;
            Open(probeInterval);
            return true;
        }
    }

    /// <summary>True for one caller once the interval has passed; that caller must end with <see cref="EndProbe"/>.</summary>
    public bool TryBeginProbe()
    {
        lock (_lock)
        {
            if (_state != NodeState.Down || time.GetElapsedTime(_openedAt) < _interval)
                return false;
            _state = NodeState.Probing;
            return true;
        }
    }

    public void EndProbe(bool succeeded)
    {
        lock (_lock)
        {
            if (succeeded)
            {
                _failures = 0;
                _state = NodeState.Up;
            }
            else
            {
                TimeSpan doubled = _interval * 2;
                Open(doubled < probeIntervalMax ? doubled : probeIntervalMax);
            }
        }
    }

    private void Open(TimeSpan interval)
    {
        _interval = interval;
        _openedAt = time.GetTimestamp();
        _state = NodeState.Down;
    }
}
