using System.Diagnostics.CodeAnalysis;

namespace Monorepo.Rpc.Channels;

/// <summary>
/// Decides once why a call stops early — the caller's token, the deadline, disposal or a failure — and cancels its
/// transport. Thread safe.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "A source without a timer or a wait handle holds nothing to dispose.")]
internal sealed class CallLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly TimeProvider _timeProvider;
    private readonly long _startTimestamp;
    private readonly TimeSpan? _timeout;
    private readonly CancellationTokenRegistration _callerRegistration;
    private readonly ITimer? _deadlineTimer;
    private Exception? _reason;
    private bool _ended;

    public CallLifetime(string callName, TimeSpan? timeout, TimeProvider timeProvider, CancellationToken callerToken)
    {
        CallName = callName;
        _timeProvider = timeProvider;
        _timeout = timeout;
        _startTimestamp = timeProvider.GetTimestamp();
        if (timeout is { } finite)
        {
            TimeSpan dueTime = finite > TimeSpan.Zero ? finite : TimeSpan.Zero;
            _deadlineTimer = timeProvider.CreateTimer(
                static state => ((CallLifetime)state!).OnDeadline(), this, dueTime, Timeout.InfiniteTimeSpan);
        }

        _callerRegistration = RegisterCaller(callerToken);
    }

    /// <summary>Method and server, for messages.</summary>
    public string CallName { get; }

    /// <summary>Cancelled when the call is to stop, for whatever reason.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exception that explains the stop; null while there is none.</summary>
    public Exception? Reason
    {
        get
        {
            lock (_lock)
                return _reason;
        }
    }

    /// <summary>True from the moment the deadline passed, even if its timer is late.</summary>
    public bool IsDeadlinePassed => _timeout is { } timeout && _timeProvider.GetElapsedTime(_startTimestamp) >= timeout;

    /// <summary>Cancelling <paramref name="token"/> cancels the call as long as the registration lives.</summary>
    public CancellationTokenRegistration RegisterCaller(CancellationToken token)
        => token.UnsafeRegister(
            static (state, cancelled) => ((CallLifetime)state!).Stop(new OperationCanceledException("the call was cancelled", cancelled)),
            this);

    /// <summary>Stops the call for this reason unless it has ended or was stopped before.</summary>
    /// <returns>The reason that counts: the first.</returns>
    public Exception Stop(Exception reason)
    {
        lock (_lock)
        {
            if (_reason is not null)
                return _reason;
            if (_ended)
                return reason;

            _reason = reason;
        }

        _stop.Cancel();
        Release();
        return reason;
    }

    public Exception DeadlineExceeded(Exception? cause = null)
        => new RpcException(RpcStatusCode.DeadlineExceeded, $"{CallName} did not finish within {_timeout}", innerException: cause);

    /// <summary>
    /// The call ended by itself: later reasons to stop do not count any more, and what still runs of it (a request
    /// stream nobody reads) is cancelled.
    /// </summary>
    public void End()
    {
        lock (_lock)
        {
            if (_ended || _reason is not null)
                return;

            _ended = true;
        }

        _stop.Cancel();
        Release();
    }

    private void OnDeadline() => Stop(DeadlineExceeded());

    private void Release()
    {
        _deadlineTimer?.Dispose();

        // Not Dispose: it would wait for a callback that may be the one running this.
        _callerRegistration.Unregister();
    }
}
