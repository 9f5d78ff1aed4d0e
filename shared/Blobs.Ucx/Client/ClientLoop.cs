using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Client;

/// <summary>
/// The client's thread: connects when there is something to ask, keeps at most the granted number of requests on the wire, and fails them when
/// the connection does (requests that await a reply get nothing from UCX) or their deadline passes (a stopped peer is no error to UCX).
/// </summary>
internal sealed class ClientLoop(UcxBlobClientSettings settings)
    : UcxLoop("ucx-blob-client", settings.Fabric, endpointsExpected: 1, settings.SpinMaxUs)
{
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
        {
            (BlobTransportError error, string text) = Describe(header.Status);
            End(request);
            request.Fail(new BlobTransportException(error, text), ClientRequestState.Ended);
            return;
        }

        try
        {
            if (request.Receive(in message, header, OnProgress))
                OnProgress(request);
            else
                Doom(BlobTransportError.Protocol, "A reply's pieces don't fit together.");
        }
        catch (OutOfMemoryException)
        {
            Doom(BlobTransportError.Overloaded, $"No memory for a reply of {header.ReplyBytes} bytes.");
        }
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

    private void Abandon(ClientRequest request, Exception failure)
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
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.Cancel, WireStatus.Ok, 0, request.Id).Write(header);
        Worker.Send(_endpoint, header, [], UcxSendMode.WithReplyEndpoint, new BlockSend(null));
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
        while (_isReady && _outstanding.Count < _credits && _waiting.First?.Value is { } next)
            Send(next);

        long deadline = _byDeadline.First?.Value.DeadlineMs ?? long.MaxValue;
        deadline = Math.Min(deadline, _abandoned.First?.Value.DeadlineMs ?? long.MaxValue);
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

    private void Send(ClientRequest request)
    {
        _waiting.RemoveFirst();
        request.Id = ++_lastRequestId;
        request.State = ClientRequestState.Outstanding;
        _outstanding.Add(request.Id, request);
        request.Send(Worker, _endpoint);
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
        byte[] body = Hello.Write(settings.Token.Span);
        NativeBytes hello = new(body.Length);
        body.CopyTo(hello.GetSpan());
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.Hello, WireStatus.Ok, 0, 0).Write(header);
        Worker.Send(_endpoint, header, [hello.AsSegment()], UcxSendMode.WithReplyEndpoint, new BlockSend(hello));
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
        WireStatus.SourceFailed => (BlobTransportError.SourceFailed, "The server could not read its store."),
        _ => (BlobTransportError.Protocol, $"The server answered {status}."),
    };
}
