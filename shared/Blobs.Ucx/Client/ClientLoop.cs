using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Client;

/// <summary>
/// The client's thread: connects when there is something to ask, keeps at most the granted number of requests on the wire, and fails them when
/// the connection does (requests that await a reply get nothing from UCX) or their deadline passes (a stopped peer is no error to UCX).
/// </summary>
internal sealed class ClientLoop(UcxBlobClientSettings settings, BufferPool pool)
    : UcxLoop(new UcxLoopPlace("ucx-blob-client", () => UcxContext.Create(settings.Fabric.ToUcxSettings(), endpointsExpected: 1), OwnsContext: true), pool, settings.SpinMaxUs)
{
    private readonly MessageBatchWriter _batch = new(pool, MemoryOwner.Requests, settings.BatchBytesMax);

    private const int MemoryRetryMs = 5;

    private readonly LinkedList<ClientRequest> _waiting = new();

    // Deadlines are the call's start plus a constant, so each list is in deadline order.
    private readonly LinkedList<ClientRequest> _byDeadline = new();
    private readonly LinkedList<ClientRequest> _abandoned = new();
    private readonly Dictionary<ulong, ClientRequest> _outstanding = [];
    private readonly List<TaskCompletionSource> _connecting = [];
    private UcxEndpoint _endpoint;
    private bool _isReady;
    private bool _isLeaving;
    private long _connectDeadlineMs;
    private int _credits;
    private ulong _lastRequestId;
    private BlobTransportException? _doom;
    private bool _isClosing;

    protected override bool ExpectsWork => _outstanding.Count > 0;

    /// <summary>Posted by a call.</summary>
    internal void Submit(ClientRequest request)
    {
        if (_isClosing || HasEnded)
        {
            request.Fail(Closed(), ClientRequestState.Ended);
            return;
        }

        _waiting.AddLast(request.QueueNode);
        _byDeadline.AddLast(request.DeadlineNode);
    }

    /// <summary>Posted by a call whose token fired.</summary>
    internal void Cancel(ClientRequest request, CancellationToken cancellationToken)
    {
        if (request.State is ClientRequestState.Waiting or ClientRequestState.Outstanding)
            Abandon(request, new OperationCanceledException(cancellationToken));
    }

    /// <summary>Posted by who wants to know now whether there is a connection.</summary>
    internal void Connect(TaskCompletionSource connected)
    {
        if (_isClosing || HasEnded)
            connected.TrySetException(Closed());
        else if (_isReady)
            connected.TrySetResult();
        else
            _connecting.Add(connected);
    }

    /// <summary>Posted by the owner: fail everything, close, end.</summary>
    internal void BeginClose()
    {
        _isClosing = true;
        IsFinished = true;
    }

    public override void OnConnectionRequest(UcxConnectionRequest request) =>
        throw new InvalidOperationException("A client does not listen.");

    public override void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status)
    {
        if (endpoint != _endpoint)
            return;
        BlobTransportException failure = _doom ?? (_isReady
            ? new BlobTransportException(BlobTransportError.PeerLost, $"The connection to {settings.Address} broke ({status}).")
            : new BlobTransportException(BlobTransportError.Unreachable, $"{settings.Address} can't be reached ({status})."));
        Disconnect(failure);
    }

    public override void OnMessage(in UcxMessage message)
    {
        // One endpoint at a time and no reply endpoint asked by the server: what comes after a disconnect is dropped.
        if (_endpoint.IsNone || _doom is not null)
            return;
        if (MessageHeader.Read(message.Header, out MessageHeader header) != WireError.None)
        {
            Doom(BlobTransportError.Protocol, "The server sent a header that can't be read.");
            return;
        }

        switch (header.Type)
        {
            case MessageType.HelloReply:
                OnHelloReply(message, header);
                break;
            case MessageType.GetReply:
                OnGetReply(message, header);
                break;
            case MessageType.Batch:
                OnBatch(message, header);
                break;
            case MessageType.GoAway:
                _isLeaving = true;
                break;
            default:
                Doom(BlobTransportError.Protocol, "The server sent a client's message.");
                break;
        }
    }

    private void OnHelloReply(in UcxMessage message, MessageHeader header)
    {
        if (header.Status != WireStatus.Ok)
        {
            (BlobTransportError error, string text) = Describe(header.Status);
            Doom(error, text);
        }
        else if (_isReady || message.IsRendezvous || HelloReply.Read(message.Body, out HelloReply grant) != WireError.None)
        {
            Doom(BlobTransportError.Protocol, "The server's hello can't be read.");
        }
        else
        {
            _isReady = true;
            _credits = Math.Min(settings.RequestsOutstandingMax, grant.RequestsOutstandingMax);
            foreach (TaskCompletionSource connected in _connecting)
                connected.TrySetResult();
            _connecting.Clear();
        }
    }

    private void OnGetReply(in UcxMessage message, MessageHeader header)
    {
        // Unknown: the tail of a reply whose request was cancelled and has its answer.
        if (!_outstanding.TryGetValue(header.RequestId, out ClientRequest? request))
            return;
        if (header.Status != WireStatus.Ok)
            OnRefused(request, header.Status);
        else
            OnReceipt(request, request.Receive(in message, header, Pool, OnProgress), header);
    }

    private void OnBatch(in UcxMessage message, MessageHeader header)
    {
        if (message.BodyBytes > BlobLimits.BatchBytesMax)
        {
            Doom(BlobTransportError.Protocol, "The server sent a batch longer than batches are.");
        }
        else if (!message.IsRendezvous)
        {
            OnBatch(message.Body, header.Keys);
        }
        else
        {
            // Only with a rendezvous threshold below the length of batches.
            UcxEndpoint from = _endpoint;
            bool isStarted = BodyReceive.TryStart(in message, Pool, (body, status) =>
            {
                if (!status.IsFailure() && from == _endpoint && _doom is null)
                    OnBatch(body.GetSpan(), header.Keys);
            });
            if (!isStarted)
                Doom(BlobTransportError.Overloaded, "No memory for the server's replies.");
        }
    }

    private void OnBatch(ReadOnlySpan<byte> body, int messages)
    {
        MessageBatch batch = new(body, messages);
        while (_doom is null && batch.TryRead(out MessageHeader header, out ReadOnlySpan<byte> stream))
        {
            if (header.Type != MessageType.GetReply)
                Doom(BlobTransportError.Protocol, "The server sent a client's message.");
            else if (!_outstanding.TryGetValue(header.RequestId, out ClientRequest? request))
                continue;
            else if (header.Status != WireStatus.Ok)
                OnRefused(request, header.Status);
            else
                OnReceipt(request, request.ReceiveWhole(stream, header, Pool), header);
        }

        if (batch.Error != WireError.None)
            Doom(BlobTransportError.Protocol, $"The server's batch can't be read ({batch.Error}).");
    }

    private void OnRefused(ClientRequest request, WireStatus status)
    {
        (BlobTransportError error, string text) = Describe(status);
        End(request);
        request.Fail(new BlobTransportException(error, text), ClientRequestState.Ended);
    }

    private void OnReceipt(ClientRequest request, ClientReceipt receipt, MessageHeader header)
    {
        if (receipt == ClientReceipt.Broken)
        {
            Doom(BlobTransportError.Protocol, "A reply's pieces don't fit together.");
            return;
        }

        if (receipt == ClientReceipt.NoMemory)
            Abandon(request, new BlobTransportException(BlobTransportError.Overloaded, $"No memory for a reply of {header.ReplyBytes} bytes: earlier replies are not disposed yet."), tellsServer: false);
        OnProgress(request);
    }

    private void OnProgress(ClientRequest request)
    {
        if (!request.IsComplete || !_outstanding.ContainsKey(request.Id))
            return;
        bool isWanted = request.State == ClientRequestState.Outstanding;
        End(request);
        if (isWanted)
            request.Succeed();
    }

    /// <summary>The request has its answer: its credit is free.</summary>
    private void End(ClientRequest request)
    {
        _outstanding.Remove(request.Id);
        if (request.State == ClientRequestState.Abandoned)
            _abandoned.Remove(request.DeadlineNode);
        else
            _byDeadline.Remove(request.DeadlineNode);
    }

    private void Abandon(ClientRequest request, Exception failure, bool tellsServer = true)
    {
        _byDeadline.Remove(request.DeadlineNode);
        if (request.State == ClientRequestState.Waiting)
        {
            _waiting.Remove(request.QueueNode);
            request.Fail(failure, ClientRequestState.Ended);
            return;
        }

        request.Fail(failure, ClientRequestState.Abandoned);
        request.DeadlineMs = Environment.TickCount64 + settings.RequestTimeoutMs;
        _abandoned.AddLast(request.DeadlineNode);
        if (!tellsServer)
            return;
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.Cancel, WireStatus.Ok, 0, request.Id).Write(header);
        Worker.Send(_endpoint, header, [], UcxSendMode.WithReplyEndpoint, UcxOperation.None);
    }

    protected override long OnRound(long nowMs)
    {
        if (_doom is { } doom)
        {
            _doom = null;
            if (!_endpoint.IsNone)
                Disconnect(doom);
        }

        while (_byDeadline.First?.Value is { } request && request.DeadlineMs <= nowMs)
            Abandon(request, new BlobTransportException(BlobTransportError.DeadlineExceeded, $"No reply from {settings.Address} within {settings.RequestTimeoutMs} ms."));
        // A server that does not even answer a cancellation is taken for dead.
        if (_abandoned.First?.Value is { } silent && silent.DeadlineMs <= nowMs)
            Disconnect(new BlobTransportException(BlobTransportError.PeerLost, $"{settings.Address} stopped answering."));
        if (!_isReady && !_endpoint.IsNone && nowMs >= _connectDeadlineMs)
            Disconnect(new BlobTransportException(BlobTransportError.Unreachable, $"{settings.Address} did not answer within {settings.ConnectTimeoutMs} ms."));
        if (_isLeaving)
            Leave();
        if (_endpoint.IsNone && (_waiting.Count > 0 || _connecting.Count > 0))
            BeginConnect(nowMs);
        SendWaiting(nowMs);

        long deadline = _byDeadline.First?.Value.DeadlineMs ?? long.MaxValue;
        deadline = Math.Min(deadline, _abandoned.First?.Value.DeadlineMs ?? long.MaxValue);
        // Requests that wait for memory: nobody tells us when there is some.
        if (_isReady && _waiting.Count > 0 && _outstanding.Count < _credits)
            deadline = Math.Min(deadline, nowMs + MemoryRetryMs);
        return !_isReady && !_endpoint.IsNone ? Math.Min(deadline, _connectDeadlineMs) : deadline;
    }

    /// <summary>The server stops: nothing new is asked, and when all it owes has come the connection is ours to close.</summary>
    private void Leave()
    {
        BlobTransportException leaving = new(BlobTransportError.ShuttingDown, $"{settings.Address} is stopping.");
        while (_waiting.First?.Value is { } request)
            Abandon(request, leaving);
        if (_outstanding.Count == 0)
            Disconnect(leaving);
    }

    /// <summary>What is ready at the same moment goes in one message.</summary>
    private void SendWaiting(long nowMs)
    {
        while (_isReady && _outstanding.Count < _credits && _waiting.First?.Value is { } request)
        {
            request.Id = _lastRequestId + 1;
            int bodyBytes = request.BodyBytes;
            if (_batch.Takes(bodyBytes))
            {
                if (!_batch.HasRoom(bodyBytes))
                    SendBatch();
                if (!_batch.TryAdd(request.Header(nowMs), bodyBytes, out Span<byte> body))
                    break;
                request.WriteBody(body);
            }
            else if (Pool.TryRent(bodyBytes, MemoryOwner.Requests) is { } body)
            {
                request.WriteBody(body.GetSpan());
                Send(request.Header(nowMs), body, bodyBytes);
            }
            else
            {
                // Memory comes back with replies that callers dispose of, or the deadline ends the wait.
                break;
            }

            _lastRequestId++;
            _waiting.RemoveFirst();
            request.State = ClientRequestState.Outstanding;
            _outstanding.Add(request.Id, request);
        }

        SendBatch();
    }

    private void SendBatch()
    {
        if (_batch.IsEmpty)
            return;
        NativeBuffer batch = _batch.Take(out MessageHeader header, out int bytes);
        Send(header, batch, bytes);
    }

    private void Send(MessageHeader header, NativeBuffer body, int bodyBytes)
    {
        Span<byte> headerBytes = stackalloc byte[MessageHeader.Size];
        header.Write(headerBytes);
        Worker.Send(_endpoint, headerBytes, [body.AsSegment(0, bodyBytes)], UcxSendMode.WithReplyEndpoint, new BufferSend(body));
    }

    private void BeginConnect(long nowMs)
    {
        try
        {
            _endpoint = Worker.Connect(settings.Address);
        }
        catch (UcxException e)
        {
            Fail(new BlobTransportException(BlobTransportError.Unreachable, $"{settings.Address} can't be reached.", e), sent: false);
            return;
        }

        _connectDeadlineMs = nowMs + settings.ConnectTimeoutMs;
        byte[] hello = Hello.Write(settings.Token.Span);
        if (Pool.TryRent(hello.Length, MemoryOwner.Requests) is not { } body)
        {
            Disconnect(new BlobTransportException(BlobTransportError.Overloaded, "No memory to connect: earlier replies are not disposed yet."));
            return;
        }

        hello.CopyTo(body.GetSpan());
        Send(new MessageHeader(MessageType.Hello, WireStatus.Ok, 0, 0), body, hello.Length);
    }

    /// <summary>Called inside UCX callbacks: the connection is given up at the end of the round.</summary>
    private void Doom(BlobTransportError error, string text) => _doom ??= new BlobTransportException(error, text);

    private void Disconnect(BlobTransportException failure)
    {
        UcxEndpoint endpoint = _endpoint;
        bool wasReady = _isReady;
        _endpoint = default;
        _isReady = false;
        _isLeaving = false;
        _doom = null;
        Worker.Close(endpoint);
        // What was never sent on a connection that worked gets another one; a connection that can't be made fails everything.
        Fail(failure, sent: wasReady);
    }

    private void Fail(BlobTransportException failure, bool sent)
    {
        foreach (ClientRequest request in _outstanding.Values)
        {
            if (request.State == ClientRequestState.Outstanding)
                _byDeadline.Remove(request.DeadlineNode);
            request.Fail(failure, ClientRequestState.Ended);
        }

        _outstanding.Clear();
        _abandoned.Clear();
        if (sent)
            return;
        foreach (ClientRequest request in _waiting)
            request.Fail(failure, ClientRequestState.Ended);
        _waiting.Clear();
        _byDeadline.Clear();
        foreach (TaskCompletionSource connected in _connecting)
            connected.TrySetException(failure);
        _connecting.Clear();
    }

    protected override void OnClosing()
    {
        Fail(Closed(), sent: false);
        if (!_endpoint.IsNone)
            Worker.Close(_endpoint);
        _endpoint = default;
    }

    private static BlobTransportException Closed() => new(BlobTransportError.Closed, "The transport was disposed.");

    private static (BlobTransportError Error, string Text) Describe(WireStatus status) => status switch
    {
        WireStatus.Unauthorized => (BlobTransportError.Unauthorized, "The server refused the token."),
        WireStatus.UnknownRepository => (BlobTransportError.UnknownRepository, "The server has no such repository."),
        WireStatus.Overloaded => (BlobTransportError.Overloaded, "The server has too many requests open."),
        WireStatus.ShuttingDown => (BlobTransportError.ShuttingDown, "The server is stopping."),
        WireStatus.DeadlineExceeded => (BlobTransportError.DeadlineExceeded, "The server did not answer in time."),
        WireStatus.SourceFailed => (BlobTransportError.SourceFailed, "The server could not read its store."),
        _ => (BlobTransportError.Protocol, $"The server answered {status}."),
    };
}
