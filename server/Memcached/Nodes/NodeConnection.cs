using System.Net.Sockets;
using System.Threading.Channels;
using Monorepo.Memcached.Protocol;

namespace Monorepo.Memcached.Nodes;

/// <summary>Why a connection ended.</summary>
internal enum ConnectionLoss
{
    /// <summary>We closed it.</summary>
    Closed,

    /// <summary>The other side closed it with nothing in flight (a restart, an idle limit).</summary>
    Idle,

    /// <summary>Reset, or closed with requests in flight.</summary>
    Broken,

    /// <summary>A request was not answered in time. Later answers could not be told apart, so the connection goes.</summary>
    TimedOut,

    /// <summary>The bytes received are not the protocol.</summary>
    Protocol,
}

/// <summary>
/// One connection with its pipeline: requests are sent in the order given and answered in that order. Ends once, for one reason; every
/// request then in it completes with false. How much is in flight is bounded by the node's <see cref="PipelineGate"/>. Thread-safe.
/// </summary>
internal sealed class NodeConnection : IDisposable
{
    private const int ReceiveBufferBytes = 64 << 10;

    /// <summary>Requests handed to the system in one call.</summary>
    private const int SendBatchMax = 16;

    private readonly NodeLink _link;
    private readonly MetaResponseReader _reader;
    private readonly NodeCounters _counters;
    private readonly Action<ConnectionLoss> _onLost;
    private readonly Lock _lock = new();
    private readonly Queue<NodeOperation> _inFlight = new();
    private readonly Channel<NodeOperation> _outgoing = Channel.CreateUnbounded<NodeOperation>(new UnboundedChannelOptions { SingleReader = true });
    private bool _lost;

    private NodeConnection(NodeLink link, int itemBytesMax, NodeCounters counters, Action<ConnectionLoss> onLost)
    {
        _link = link;
        _reader = new MetaResponseReader(itemBytesMax);
        _counters = counters;
        _onLost = onLost;
    }

    /// <summary>True once the connection has ended.</summary>
    public bool IsLost
    {
        get
        {
            lock (_lock)
                return _lost;
        }
    }

    /// <summary>
    /// Connects, or throws as <see cref="NodeLink.ConnectAsync"/>. <paramref name="onLost"/> is called once, when the connection ends.
    /// </summary>
    public static async Task<NodeConnection> ConnectAsync(
        MemcachedEndpoint endpoint, MemcachedOptions options, NodeCounters counters, Action<ConnectionLoss> onLost, CancellationToken cancellationToken)
    {
        NodeLink link = await NodeLink.ConnectAsync(endpoint, options, cancellationToken);
        var connection = new NodeConnection(link, options.ItemBytesMax, counters, onLost);
        _ = connection.SendLoopAsync();
        _ = connection.ReceiveLoopAsync();
        return connection;
    }

    /// <summary>Puts the request in the pipeline; false when the connection has ended.</summary>
    public bool TryEnqueue(NodeOperation operation)
    {
        lock (_lock)
        {
            if (_lost)
                return false;
            _inFlight.Enqueue(operation);
            return _outgoing.Writer.TryWrite(operation);
        }
    }

    /// <summary>Ends the connection; only the first reason counts.</summary>
    public void Drop(ConnectionLoss loss)
    {
        NodeOperation[] abandoned;
        lock (_lock)
        {
            if (_lost)
                return;
            _lost = true;
            abandoned = [.. _inFlight];
            _inFlight.Clear();
            _outgoing.Writer.Complete();
        }

        _link.Dispose();
        _onLost(loss);
        foreach (NodeOperation operation in abandoned)
            operation.Complete(answered: false);
    }

    public void Dispose() => Drop(ConnectionLoss.Closed);

    private async Task SendLoopAsync()
    {
        var batch = new List<NodeOperation>(SendBatchMax);
        var segments = new List<ArraySegment<byte>>(SendBatchMax);
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync())
            {
                while (batch.Count < SendBatchMax && _outgoing.Reader.TryRead(out NodeOperation? operation))
                {
                    batch.Add(operation);
                    segments.Add(operation.Request);
                }

                Interlocked.Add(ref _counters.BytesSent, await _link.SendAsync(segments));
                foreach (NodeOperation operation in batch)
                    operation.ReleaseRequest();
                batch.Clear();
                segments.Clear();
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Drop(ConnectionLoss.Broken);
        }
    }

    private async Task ReceiveLoopAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(ReceiveBufferBytes);
        try
        {
            while (true)
            {
                int received = await _link.ReceiveAsync(buffer);
                if (received == 0)
                {
                    Drop(IsQuiet() ? ConnectionLoss.Idle : ConnectionLoss.Broken);
                    return;
                }

                Interlocked.Add(ref _counters.BytesReceived, received);
                Consume(buffer.AsSpan(0, received));
            }
        }
        catch (MetaProtocolException)
        {
            Drop(ConnectionLoss.Protocol);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            Drop(IsQuiet() ? ConnectionLoss.Idle : ConnectionLoss.Broken);
        }
    }

    private void Consume(ReadOnlySpan<byte> received)
    {
        while (_reader.TryRead(ref received, out MetaResponse response))
        {
            NodeOperation? operation;
            lock (_lock)
                _inFlight.TryPeek(out operation);
            if (operation is null)
                throw new MetaProtocolException("An answer came that nobody asked for.");
            if (!operation.Accept(response))
                continue;
            lock (_lock)
                _inFlight.TryDequeue(out _);
            operation.Complete(answered: true);
        }
    }

    private bool IsQuiet()
    {
        lock (_lock)
            return _inFlight.Count == 0 && _reader.IsIdle;
    }
}
