using System.Net.Sockets;
using System.Security.Authentication;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>
/// One server of the ring: its connections, its limits, its breaker. Whatever goes wrong here is a request that was not answered, never an
/// exception. Thread-safe.
/// </summary>
internal sealed class CacheNode : IDisposable
{
    private readonly MemcachedOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<CacheNode, NodeState> _onStateChanged;
    private readonly CircuitBreaker _breaker;
    private readonly PipelineGate _gate;
    private readonly Lock _lock = new();
    private readonly Task<NodeConnection?>?[] _connections;
    private readonly CancellationTokenSource _closed = new();
    private uint _turn;
    private uint _numbers;

    public CacheNode(MemcachedEndpoint endpoint, MemcachedOptions options, TimeProvider time, Action<CacheNode, NodeState> onStateChanged)
    {
        Endpoint = endpoint;
        _options = options;
        _time = time;
        _onStateChanged = onStateChanged;
        _breaker = new CircuitBreaker(options.FailuresToOpen, options.ProbeInterval, options.ProbeIntervalMax, time);
        _gate = new PipelineGate(options.PipelineOperationsMax * options.ConnectionsPerNode, options.InFlightBytesMax);
        _connections = new Task<NodeConnection?>?[options.ConnectionsPerNode];
    }

    public MemcachedEndpoint Endpoint { get; }

    public NodeCounters Counters { get; } = new();

    public NodeStatistics Statistics => Counters.Snapshot(Endpoint, _breaker.State);

    /// <summary>The first of <paramref name="count"/> numbers that no other request in flight to this node has.</summary>
    public uint TakeNumbers(int count) => Interlocked.Add(ref _numbers, (uint)count) - (uint)count;

    /// <summary>False, and a probe started if one is due, when the node is being left alone: then there is no point in building a request.</summary>
    public bool IsAvailable()
    {
        if (_breaker.State == NodeState.Up)
            return true;
        if (_breaker.TryBeginProbe())
            _ = ProbeAsync();
        return false;
    }

    /// <summary>
    /// Runs the request; true when it was answered. It ends by itself within the operation timeout: cancelling only stops the wait, so that one
    /// impatient caller does not cost the connection its other requests.
    /// </summary>
    public Task<bool> ExecuteAsync(NodeOperation operation, CancellationToken cancellationToken) => RunAsync(operation).WaitAsync(cancellationToken);

    public void Dispose()
    {
        Task<NodeConnection?>?[] connections;
        lock (_lock)
        {
            if (_closed.IsCancellationRequested)
                return;
            _closed.Cancel();
            connections = [.. _connections];
        }

        foreach (Task<NodeConnection?>? connection in connections)
            _ = connection?.ContinueWith(static c => c.Result?.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task<bool> RunAsync(NodeOperation operation)
    {
        using var deadline = new CancellationTokenSource(_options.OperationTimeout, _time);
        if (!await _gate.EnterAsync(operation.RequestBytes, deadline.Token))
        {
            Interlocked.Increment(ref Counters.Saturations);
            return false;
        }

        try
        {
            NodeConnection? connection = await TakeConnection().WaitAsync(deadline.Token);
            if (connection is null || !connection.TryEnqueue(operation))
                return false;
            await using (deadline.Token.UnsafeRegister(static c => ((NodeConnection)c!).Drop(ConnectionLoss.TimedOut), connection))
            {
                bool answered = await operation.Completion;
                if (answered)
                    _breaker.RecordSuccess();
                return answered;
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is still being made; that has its own limit and its own verdict.
            return false;
        }
        finally
        {
            _gate.Leave(operation.RequestBytes);
        }
    }

    private Task<NodeConnection?> TakeConnection()
    {
        lock (_lock)
        {
            if (_closed.IsCancellationRequested)
                return Task.FromResult<NodeConnection?>(null);
            ref Task<NodeConnection?>? slot = ref _connections[_turn++ % (uint)_connections.Length];
            if (slot is null || (slot.IsCompleted && slot.Result is null or { IsLost: true }))
                slot = ConnectAsync();
            return slot;
        }
    }

    /// <summary>Null when the node can't be reached; the breaker knows then. Never faults.</summary>
    private async Task<NodeConnection?> ConnectAsync()
    {
        await Task.Yield(); // Called under the lock.
        NodeConnection? connection = await TryConnectAsync();
        if (connection is null)
            RecordFailure();
        return connection;
    }

    private async Task<NodeConnection?> TryConnectAsync()
    {
        using var deadline = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _closed.Token);
        try
        {
            NodeConnection connection = await NodeConnection.ConnectAsync(Endpoint, _options, Counters, OnLost, either.Token);
            if (!_closed.IsCancellationRequested)
                return connection;
            connection.Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or IOException or AuthenticationException)
        {
            Interlocked.Increment(ref Counters.ConnectionErrors);
        }

        return null;
    }

    private void OnLost(ConnectionLoss loss)
    {
        switch (loss)
        {
            case ConnectionLoss.Broken:
                Interlocked.Increment(ref Counters.ConnectionErrors);
                break;
            case ConnectionLoss.TimedOut:
                Interlocked.Increment(ref Counters.Timeouts);
                break;
            case ConnectionLoss.Protocol:
                Interlocked.Increment(ref Counters.ProtocolErrors);
                break;
            default:
                return;
        }

        RecordFailure();
    }

    private void RecordFailure()
    {
        if (_breaker.RecordFailure())
            _onStateChanged(this, NodeState.Down);
    }

    private async Task ProbeAsync()
    {
        await Task.Yield(); // The caller is a request that only wants to know that it is a miss.
        NodeConnection? connection = await TryConnectAsync();
        bool answered = connection is not null && await IsAnsweringAsync(connection);
        if (answered)
        {
            lock (_lock)
            {
                Task<NodeConnection?>? replaced = _connections[0];
                _connections[0] = Task.FromResult(connection);
                if (replaced is { IsCompletedSuccessfully: true })
                    replaced.Result?.Dispose();
            }

            if (_closed.IsCancellationRequested)
                connection!.Dispose();
        }

        _breaker.EndProbe(answered);
        if (answered)
            _onStateChanged(this, NodeState.Up);
    }

    private async Task<bool> IsAnsweringAsync(NodeConnection connection)
    {
        using var deadline = new CancellationTokenSource(_options.OperationTimeout, _time);
        var probe = new SingleOperation(MetaRequests.NoOp(), SingleOperation.Kind.NoOp);
        if (!connection.TryEnqueue(probe))
            return false;
        await using (deadline.Token.UnsafeRegister(static c => ((NodeConnection)c!).Drop(ConnectionLoss.TimedOut), connection))
            return await probe.Completion;
    }
}
