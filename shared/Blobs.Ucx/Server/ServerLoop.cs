using System.Net;
using Monorepo.Blobs.Wire;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>The server's thread: accepts, checks tokens, takes requests to the source and replies back.</summary>
internal sealed class ServerLoop(UcxBlobServerSettings settings, IBlobSource source)
    : UcxLoop("ucx-blob-server", settings.Fabric, settings.SessionsMax, settings.SpinMaxUs)
{
    private readonly Dictionary<UcxEndpoint, ServerSession> _sessions = [];
    private readonly Queue<UcxConnectionRequest> _arrivals = new();
    private readonly Queue<ServerSession> _doomed = new();
    private readonly Queue<ServerSession> _ready = new();
    private readonly HashSet<ServerSession> _unauthenticated = [];
    private long _drainDeadlineMs = long.MaxValue;
    private int _requestsOpen;
    private long _requestsServed;
    private long _replyBytesSent;
    private int _sessionsOpen;

    internal IPEndPoint? Address { get; private set; }

    internal UcxBlobServerStatistics Statistics => new(
        Volatile.Read(ref _sessionsOpen), Volatile.Read(ref _requestsOpen), Interlocked.Read(ref _requestsServed), Interlocked.Read(ref _replyBytesSent));

    protected override bool ExpectsWork => _requestsOpen > 0;

    private bool IsDraining => _drainDeadlineMs != long.MaxValue;

    /// <summary>Posted by the owner: refuse new work, finish what is open, end.</summary>
    internal void BeginDrain()
    {
        if (HasEnded || IsDraining)
            return;
        _drainDeadlineMs = Environment.TickCount64 + settings.DrainTimeoutMs;
        Worker.StopListening();
        _arrivals.Clear();
        // A close overtakes data on its way, so the clients are asked to close when they have all they are owed.
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.GoAway, WireStatus.Ok, 0, 0).Write(header);
        foreach (ServerSession session in _sessions.Values)
        {
            if (session.IsAuthenticated)
                Worker.Send(session.Endpoint, header, [], UcxSendMode.Auto, new BlockSend(null));
            else
                _doomed.Enqueue(session);
        }
    }

    protected override void OnOpened() => Address = Worker.Listen(settings.Address);

    public override void OnConnectionRequest(UcxConnectionRequest request) => _arrivals.Enqueue(request);

    public override void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status)
    {
        if (_sessions.TryGetValue(endpoint, out ServerSession? session))
            Close(session);
    }

    public override void OnMessage(in UcxMessage message)
    {
        // No session: the endpoint was closed by us and this was on its way already.
        if (!_sessions.TryGetValue(message.ReplyEndpoint, out ServerSession? session))
            return;
        if (MessageHeader.Read(message.Header, out MessageHeader header) != WireError.None)
        {
            _doomed.Enqueue(session);
            return;
        }

        // Nothing is allocated for a stranger beyond one hello.
        int bodyBytesMax = (header.Type, session.IsAuthenticated) switch
        {
            (MessageType.Hello, false) => Hello.BytesMax,
            (MessageType.Get, true) => GetRequest.BytesMax,
            (MessageType.Cancel, true) => 0,
            _ => -1,
        };
        if (bodyBytesMax < 0 || message.BodyBytes > (ulong)bodyBytesMax)
        {
            _doomed.Enqueue(session);
            return;
        }

        if (!message.IsRendezvous)
        {
            OnMessage(session, header, message.Body);
            return;
        }

        BodyReceive.Start(in message, (body, status) =>
        {
            if (!status.IsFailure() && !session.IsClosed)
                OnMessage(session, header, body.GetSpan());
        });
    }

    private void OnMessage(ServerSession session, MessageHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case MessageType.Hello:
                OnHello(session, body);
                break;
            case MessageType.Get:
                OnGet(session, header, body);
                break;
            default:
                if (session.Requests.TryGetValue(header.RequestId, out ServerRequest? request))
                    Cancel(request);
                break;
        }
    }

    private void OnHello(ServerSession session, ReadOnlySpan<byte> body)
    {
        if (session.IsAuthenticated || Hello.Read(body, out ReadOnlySpan<byte> token) != WireError.None)
        {
            _doomed.Enqueue(session);
            return;
        }

        Span<byte> header = stackalloc byte[MessageHeader.Size];
        if (IsDraining || !settings.TokenCheck(token))
        {
            // The client closes when it knows why; one that does not runs into the hello deadline.
            WireStatus status = IsDraining ? WireStatus.ShuttingDown : WireStatus.Unauthorized;
            new MessageHeader(MessageType.HelloReply, status, 0, 0).Write(header);
            Worker.Send(session.Endpoint, header, [], UcxSendMode.Auto, new BlockSend(null));
            return;
        }

        session.IsAuthenticated = true;
        _unauthenticated.Remove(session);
        NativeBytes grant = new(HelloReply.Size);
        new HelloReply(settings.RequestsPerSessionMax, settings.MessageBytesMax).Write(grant.GetSpan());
        new MessageHeader(MessageType.HelloReply, WireStatus.Ok, 0, 0).Write(header);
        Worker.Send(session.Endpoint, header, [grant.AsSegment()], UcxSendMode.Auto, new BlockSend(grant));
    }

    private void OnGet(ServerSession session, MessageHeader header, ReadOnlySpan<byte> body)
    {
        if (GetRequest.Read(body, header.Keys, out RepositoryName repository, out ObjectId[]? ids) != WireError.None
            || session.Requests.ContainsKey(header.RequestId))
        {
            _doomed.Enqueue(session);
            return;
        }

        if (IsDraining || session.Requests.Count >= 2 * settings.RequestsPerSessionMax)
        {
            SendStatus(session, header.RequestId, header.Keys, IsDraining ? WireStatus.ShuttingDown : WireStatus.Overloaded);
            return;
        }

        ServerRequest request = new(session, header.RequestId, header.Keys);
        session.Requests.Add(request.Id, request);
        _requestsOpen++;
        if (settings.SourceOnIoThread)
            _ = AskSourceAsync(request, repository, ids!, header.Options);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static ask => _ = ask.Loop.AskSourceAsync(ask.request, ask.repository, ask.ids!, ask.Options), (Loop: this, request, repository, ids, header.Options), preferLocal: false);
    }

    private async Task AskSourceAsync(ServerRequest request, RepositoryName repository, ObjectId[] ids, BlobReadOptions options)
    {
        BlobBatch? batch = null;
        WireStatus status = WireStatus.Ok;
        try
        {
            batch = await source.GetAsync(repository, ids, options, request.Cancellation.Token);
        }
        catch (BlobTransportException e) when (e.Error == BlobTransportError.UnknownRepository)
        {
            status = WireStatus.UnknownRepository;
        }
        catch (BlobTransportException e) when (e.Error == BlobTransportError.Overloaded)
        {
            status = WireStatus.Overloaded;
        }
        catch (OperationCanceledException) when (request.Cancellation.IsCancellationRequested)
        {
            status = WireStatus.Cancelled;
        }
#pragma warning disable CA1031 // Whatever the source threw, the client is told and the server goes on; the source logs its own failures.
        catch (Exception)
#pragma warning restore CA1031
        {
            status = WireStatus.SourceFailed;
        }

        Post(() => OnAnswered(request, batch, status));
    }

    private void OnAnswered(ServerRequest request, BlobBatch? batch, WireStatus status)
    {
        ServerSession session = request.Session;
        session.Requests.Remove(request.Id);
        request.Dispose();
        _requestsOpen--;
        if (HasEnded || session.IsClosed || request.IsAnswered)
        {
            batch?.Dispose();
            return;
        }

        long totalBytes = batch is null ? 0 : ReplyStream.Size(batch.Entries.Span);
        if (batch is not null && (batch.Entries.Length != request.Keys || totalBytes > BlobLimits.ReplyBytesMax))
        {
            batch.Dispose();
            batch = null;
            status = WireStatus.SourceFailed;
        }

        if (batch is null)
        {
            SendStatus(session, request.Id, request.Keys, status);
            return;
        }

        session.Waiting.Enqueue(new ServerReply(session, request.Id, batch, (int)totalBytes));
        SendWaiting(session);
    }

    private void SendWaiting(ServerSession session)
    {
        while (!session.IsClosed
            && session.Waiting.TryPeek(out ServerReply? reply)
            && (session.ReplyBytesInFlight == 0 || session.ReplyBytesInFlight + reply.TotalBytes <= settings.ReplyBytesPerSessionMax))
        {
            session.Waiting.Dequeue();
            session.ReplyBytesInFlight += reply.TotalBytes;
            reply.Send(Worker, settings.MessageBytesMax, OnReplySent);
        }
    }

    private void OnReplySent(ServerReply reply, bool succeeded)
    {
        ServerSession session = reply.Session;
        session.ReplyBytesInFlight -= reply.TotalBytes;
        if (!succeeded)
            _doomed.Enqueue(session);
        else
            _requestsServed++;
        _replyBytesSent += reply.TotalBytes;
        if (session.Waiting.Count > 0)
            _ready.Enqueue(session);
    }

    private void SendStatus(ServerSession session, ulong requestId, int keys, WireStatus status)
    {
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.GetReply, status, keys, requestId).Write(header);
        Worker.Send(session.Endpoint, header, [], UcxSendMode.Auto, new BlockSend(null));
    }

    private void Cancel(ServerRequest request)
    {
        if (request.IsAnswered)
            return;
        request.IsAnswered = true;
        _ = request.Cancellation.CancelAsync();
        SendStatus(request.Session, request.Id, request.Keys, WireStatus.Cancelled);
    }

    protected override long OnRound(long nowMs)
    {
        while (_arrivals.TryDequeue(out UcxConnectionRequest arrival))
            Accept(arrival, nowMs);
        while (_ready.TryDequeue(out ServerSession? session))
            SendWaiting(session);

        long deadline = long.MaxValue;
        foreach (ServerSession session in _unauthenticated)
        {
            if (nowMs >= session.HelloDeadlineMs)
                _doomed.Enqueue(session);
            else
                deadline = Math.Min(deadline, session.HelloDeadlineMs);
        }

        while (_doomed.TryDequeue(out ServerSession? session))
            Close(session);

        if (!IsDraining)
            return deadline;
        IsFinished = nowMs >= _drainDeadlineMs || _sessions.Count == 0;
        return Math.Min(deadline, _drainDeadlineMs);
    }

    private void Accept(UcxConnectionRequest arrival, long nowMs)
    {
        if (_sessions.Count >= settings.SessionsMax)
        {
            Worker.Reject(arrival);
            return;
        }

        try
        {
            ServerSession session = new(Worker.Accept(arrival), nowMs + settings.HelloTimeoutMs);
            _sessions.Add(session.Endpoint, session);
            _unauthenticated.Add(session);
            _sessionsOpen = _sessions.Count;
        }
        catch (UcxException)
        {
            // The client went away between its request and now: UCX has dropped the request.
        }
    }

    private void Close(ServerSession session)
    {
        if (session.IsClosed)
            return;
        session.IsClosed = true;
        _sessions.Remove(session.Endpoint);
        _unauthenticated.Remove(session);
        _sessionsOpen = _sessions.Count;
        foreach (ServerRequest request in session.Requests.Values)
            _ = request.Cancellation.CancelAsync();
        while (session.Waiting.TryDequeue(out ServerReply? reply))
            reply.Drop();
        Worker.Close(session.Endpoint);
    }

    protected override void OnClosing()
    {
        foreach (ServerSession session in _sessions.Values.ToArray())
            Close(session);
    }
}
