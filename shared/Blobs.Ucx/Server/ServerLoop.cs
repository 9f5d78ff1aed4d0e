using System.Buffers;
using System.Diagnostics;
using System.Net;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>
/// One of the server's threads, with the connections it was given: checks tokens, answers from the hot set at once, takes other requests to the source,
/// and sends replies as their clients take them. Nothing in it is shared with the other threads but the hot set, the arena and the count of sessions.
/// </summary>
internal sealed class ServerLoop : UcxLoop
{
    /// <summary>How often deadlines are looked at while something is owed. They are late by at most this.</summary>
    private const int DeadlineCheckMs = 100;

    private readonly UcxBlobServerSettings _settings;
    private readonly IBlobSource _source;
    private readonly ServerTeam _team;
    private readonly IHotBlobReader? _hot;
    private readonly HotReplyOwner? _hotOwner;
    private readonly Dictionary<UcxEndpoint, ServerSession> _sessions = [];
    private readonly Queue<UcxConnectionRequest> _arrivals = new();
    private readonly Queue<ServerSession> _doomed = new();
    private readonly List<ServerSession> _dirty = [];
    private readonly HashSet<ServerSession> _unauthenticated = [];
    private readonly ReplySender _sender;
    private readonly int _batchBytesMax;
    private HotSlice[] _slices = new HotSlice[1024];
    private long _drainDeadlineMs = long.MaxValue;
    private long _nextCheckMs;
    private int _sourceRequests;
    private long _requestsServed;
    private int _sessionsOpen;

    internal ServerLoop(UcxBlobServerSettings settings, IBlobSource source, IHotBlobReader? hot, ServerTeam team, BufferPool pool, UcxLoopPlace place)
        : base(place, pool, settings.SpinMaxUs)
    {
        _settings = settings;
        _source = source;
        _team = team;
        _hot = hot;
        _hotOwner = hot is null ? null : new HotReplyOwner(hot);
        _batchBytesMax = Math.Min(settings.BatchBytesMax, settings.MessageBytesMax);
        _sender = new ReplySender(settings, pool, _doomed);
    }

    /// <summary>Set on the loop that listens.</summary>
    internal IPEndPoint? ListenAt { get; init; }

    internal IPEndPoint? Address { get; private set; }

    /// <summary>Approximate, from any thread.</summary>
    internal UcxBlobServerStatistics Statistics => new(
        Volatile.Read(ref _sessionsOpen), Volatile.Read(ref _sourceRequests), Volatile.Read(ref _requestsServed), _sender.BytesSent, _sender.BytesPending);

    internal int SessionsOpen => Volatile.Read(ref _sessionsOpen);

    // A client that got its answer asks again at once or not for long.
    protected override bool ExpectsWork => _sessions.Count > 0;

    private bool IsDraining => _drainDeadlineMs != long.MaxValue;

    /// <summary>Posted by the owner: refuse new work, finish what is open, end.</summary>
    internal void BeginDrain()
    {
        if (HasEnded || IsDraining)
            return;
        _drainDeadlineMs = Environment.TickCount64 + _settings.DrainTimeoutMs;
        Worker.StopListening();
        _arrivals.Clear();
        // A close overtakes data on its way, so the clients are asked to close when they have all they are owed.
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.GoAway, WireStatus.Ok, 0, 0).Write(header);
        foreach (ServerSession session in _sessions.Values)
        {
            if (session.IsAuthenticated)
                Worker.Send(session.Endpoint, header, [], UcxSendMode.Auto, UcxOperation.None);
            else
                _doomed.Enqueue(session);
        }
    }

    /// <summary>Posted by the loop that listens.</summary>
    internal void Adopt(UcxConnectionRequest arrival)
    {
        if (HasEnded || IsDraining)
        {
            _team.Leave();
            return;
        }

        try
        {
            ServerSession session = new(
                Worker.Accept(arrival),
                Environment.TickCount64 + _settings.HelloTimeoutMs,
                new MessageBatchWriter(Pool, MemoryOwner.Replies, _batchBytesMax));
            _sessions.Add(session.Endpoint, session);
            _unauthenticated.Add(session);
            Volatile.Write(ref _sessionsOpen, _sessions.Count);
        }
        catch (UcxException)
        {
            // The client went away between its request and now: UCX has dropped the request.
            _team.Leave();
        }
    }

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
            (MessageType.Batch, true) => BlobLimits.BatchBytesMax,
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

        bool isStarted = BodyReceive.TryStart(in message, Pool, (body, status) =>
        {
            if (!status.IsFailure() && !session.IsClosed)
                OnMessage(session, header, body.GetSpan());
        });
        if (!isStarted && header.Type == MessageType.Get)
            Answer(session, header, WireStatus.Overloaded);
        else if (!isStarted)
            _doomed.Enqueue(session);
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
            case MessageType.Cancel:
                OnCancel(session, header);
                break;
            default:
                OnBatch(session, header, body);
                break;
        }
    }

    private void OnBatch(ServerSession session, MessageHeader header, ReadOnlySpan<byte> body)
    {
        MessageBatch batch = new(body, header.Keys);
        while (batch.TryRead(out MessageHeader message, out ReadOnlySpan<byte> messageBody))
        {
            if (message.Type == MessageType.Get)
                OnGet(session, message, messageBody);
            else if (message.Type == MessageType.Cancel)
                OnCancel(session, message);
            else
                _doomed.Enqueue(session);
        }

        if (batch.Error != WireError.None)
            _doomed.Enqueue(session);
    }

    private void OnHello(ServerSession session, ReadOnlySpan<byte> body)
    {
        if (Hello.Read(body, out ReadOnlySpan<byte> token) != WireError.None || Pool.TryRent(HelloReply.Size, MemoryOwner.Replies) is not { } grant)
        {
            _doomed.Enqueue(session);
            return;
        }

        Span<byte> header = stackalloc byte[MessageHeader.Size];
        if (IsDraining || !_settings.TokenCheck(token))
        {
            // The client closes when it knows why; one that does not runs into the hello deadline.
            grant.Release();
            WireStatus status = IsDraining ? WireStatus.ShuttingDown : WireStatus.Unauthorized;
            new MessageHeader(MessageType.HelloReply, status, 0, 0).Write(header);
            Worker.Send(session.Endpoint, header, [], UcxSendMode.Auto, UcxOperation.None);
            return;
        }

        session.IsAuthenticated = true;
        _unauthenticated.Remove(session);
        new HelloReply(_settings.RequestsPerSessionMax, _settings.MessageBytesMax).Write(grant.GetSpan());
        new MessageHeader(MessageType.HelloReply, WireStatus.Ok, 0, 0).Write(header);
        Worker.Send(session.Endpoint, header, [grant.AsSegment()], UcxSendMode.Auto, new BufferSend(grant));
    }

    private void OnGet(ServerSession session, MessageHeader header, ReadOnlySpan<byte> body)
    {
        if (GetRequest.Read(body, header.Keys, out ReadOnlySpan<byte> name, out ReadOnlySpan<ObjectId> ids) != WireError.None
            || !session.TrySetRepository(name)
            || session.Requests.ContainsKey(header.RequestId))
        {
            _doomed.Enqueue(session);
            return;
        }

        if (IsDraining || session.RequestsOpen >= 2 * _settings.RequestsPerSessionMax)
        {
            Answer(session, header, IsDraining ? WireStatus.ShuttingDown : WireStatus.Overloaded);
            return;
        }

        long deadlineMs = Environment.TickCount64 + (header.DeadlineMs == 0 ? _settings.RequestTimeoutMs : Math.Min(header.DeadlineMs, _settings.RequestTimeoutMs));
        if (session.Backlog.Count == 0 && MayServe(session))
        {
            Serve(session, header.RequestId, header.Options, deadlineMs, ids);
        }
        else if (Pool.TryRent(body.Length, MemoryOwner.Requests) is { } copy)
        {
            body.CopyTo(copy.GetSpan());
            session.Backlog.Enqueue(new QueuedRequest(header.RequestId, header.Keys, header.Options, deadlineMs, copy));
        }
        else
        {
            Answer(session, header, WireStatus.Overloaded);
        }
    }

    /// <summary>
    /// A client that does not take its replies is served nothing more until it does. When all clients together make us hold too much, only those that hold
    /// little are served.
    /// </summary>
    private bool MayServe(ServerSession session)
    {
        bool isLight = session.BytesPending < _settings.ReplyBytesAlways;
        return _sourceRequests < _settings.SourceRequestsMax
            && (isLight || (session.BytesPending < _settings.ReplyBytesPerSessionMax && _sender.BytesPending < _settings.ReplyBytesMax));
    }

    private void Serve(ServerSession session, ulong requestId, BlobReadOptions options, long deadlineMs, ReadOnlySpan<ObjectId> ids)
    {
        // Checking takes too long for this thread.
        if (_hot is not null && options == BlobReadOptions.None && TryServeHot(session, requestId, ids))
            return;
        ServerRequest request = new(session, requestId, ids.Length, deadlineMs);
        session.Requests.Add(requestId, request);
        _sourceRequests++;
        var ask = (Loop: this, Request: request, session.Repository, Ids: ids.ToArray(), Options: options);
        ThreadPool.UnsafeQueueUserWorkItem(static ask => _ = ask.Loop.AskSourceAsync(ask.Request, ask.Repository, ask.Ids, ask.Options), ask, preferLocal: false);
    }

    /// <summary>The hot path: no task, no copy but the one into the message, nothing allocated for a key.</summary>
    private bool TryServeHot(ServerSession session, ulong requestId, ReadOnlySpan<ObjectId> ids)
    {
        if (_slices.Length < ids.Length)
            _slices = new HotSlice[BlobLimits.KeysPerRequestMax];
        long start = Stopwatch.GetTimestamp();
        Span<HotSlice> slices = _slices.AsSpan(0, ids.Length);
        if (!_hot!.TryBeginRead(_hot.NumberOf(session.Repository), ids, slices))
            return false;
        int totalBytes = DeferPastTarget(slices);
        if (session.Batch.Takes(totalBytes) && TryAddToBatch(session, new MessageHeader(MessageType.GetReply, WireStatus.Ok, ids.Length, requestId, totalBytes), totalBytes, out Span<byte> body))
        {
            int offset = ids.Length * ReplyStream.TableEntryBytes;
            for (int i = 0; i < slices.Length; i++)
            {
                ReplyStream.WriteEntry(body, i, BlobOutcome.Found, slices[i].LengthBytes);
                slices[i].Span.CopyTo(body[offset..]);
                offset += slices[i].LengthBytes;
            }

            _hot.EndRead();
            _requestsServed++;
            _hot.Answered(session.Repository, ids, slices, Stopwatch.GetElapsedTime(start));
            return true;
        }

        HotSlice[] kept = ArrayPool<HotSlice>.Shared.Rent(ids.Length);
        slices.CopyTo(kept);
        foreach (ref readonly HotSlice slice in slices)
        {
            if (slice.LengthBytes > 0)
                _hot.Pin(in slice);
        }

        _hot.EndRead();
        _requestsServed++;
        Enqueue(new ServerReply(session, requestId, kept, ids.Length, _hotOwner!, totalBytes));
        _hot.Answered(session.Repository, ids, kept.AsSpan(0, ids.Length), Stopwatch.GetElapsedTime(start));
        return true;
    }

    /// <summary>The stream's length. What makes it longer than a reply should be is deferred; the first is not.</summary>
    private static int DeferPastTarget(Span<HotSlice> slices)
    {
        long bytes = 0;
        foreach (ref HotSlice slice in slices)
        {
            if (bytes > 0 && bytes + slice.LengthBytes > BlobLimits.ReplyBytesTarget)
                slice = Deferred();
            else
                bytes += slice.LengthBytes;
        }

        return (int)(bytes + (slices.Length * ReplyStream.TableEntryBytes));
    }

    private static unsafe HotSlice Deferred() => new(null, ServerReply.DeferredLength, 0);

    private async Task AskSourceAsync(ServerRequest request, RepositoryName repository, ObjectId[] ids, BlobReadOptions options)
    {
        BlobBatch? batch = null;
        WireStatus status = WireStatus.Ok;
        try
        {
            batch = await _source.GetAsync(repository, ids, options, request.Cancellation.Token);
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
        _sourceRequests--;
        if (HasEnded || session.IsClosed || request.IsAnswered)
        {
            batch?.Dispose();
            _sender.MakeReady(session);
            return;
        }

        MessageHeader header = new(MessageType.GetReply, WireStatus.Ok, request.Keys, request.Id);
        long totalBytes = batch is null ? 0 : StreamBytes(batch.Entries.Span);
        if (batch is not null && (batch.Entries.Length != request.Keys || totalBytes > BlobLimits.ReplyBytesMax))
        {
            batch.Dispose();
            batch = null;
            status = WireStatus.SourceFailed;
        }

        if (batch is null)
        {
            Answer(session, header, status);
        }
        else if (session.Batch.Takes((int)totalBytes) && TryAddToBatch(session, header with { ReplyBytes = (int)totalBytes }, (int)totalBytes, out Span<byte> body))
        {
            Write(batch.Entries.Span, body);
            batch.Dispose();
            _requestsServed++;
        }
        else
        {
            HotSlice[] slices = ArrayPool<HotSlice>.Shared.Rent(Math.Max(1, request.Keys));
            _requestsServed++;
            Enqueue(new ServerReply(session, request.Id, slices, request.Keys, BatchReplyOwner.Pin(batch, slices), (int)totalBytes));
        }

        _sender.MakeReady(session);
    }

    private static long StreamBytes(ReadOnlySpan<BlobEntry> entries)
    {
        long bytes = (long)entries.Length * ReplyStream.TableEntryBytes;
        foreach (ref readonly BlobEntry entry in entries)
            bytes += entry.Envelope.Length;
        return bytes;
    }

    private static void Write(ReadOnlySpan<BlobEntry> entries, Span<byte> stream)
    {
        int offset = entries.Length * ReplyStream.TableEntryBytes;
        for (int i = 0; i < entries.Length; i++)
        {
            ReplyStream.WriteEntry(stream, i, entries[i].Outcome, entries[i].Envelope.Length);
            entries[i].Envelope.Span.CopyTo(stream[offset..]);
            offset += entries[i].Envelope.Length;
        }
    }

    private void Enqueue(ServerReply reply)
    {
        ServerSession session = reply.Session;
        session.Waiting.AddLast(reply);
        session.BytesPending += reply.TotalBytes;
        _sender.BytesPending += reply.TotalBytes;
        _sender.MakeReady(session);
    }

    /// <summary>A reply without a stream.</summary>
    private void Answer(ServerSession session, MessageHeader request, WireStatus status)
    {
        if (!TryAddToBatch(session, new MessageHeader(MessageType.GetReply, status, request.Type == MessageType.Cancel ? 0 : request.Keys, request.RequestId), 0, out _))
            _doomed.Enqueue(session);
    }

    private bool TryAddToBatch(ServerSession session, MessageHeader header, int bodyBytes, out Span<byte> body)
    {
        if (session.IsClosed)
        {
            body = default;
            return false;
        }

        if (!session.Batch.HasRoom(bodyBytes))
            _sender.SendBatch(Worker, session);
        if (!session.Batch.TryAdd(header, bodyBytes, out body))
            return false;
        if (!session.IsDirty)
        {
            session.IsDirty = true;
            _dirty.Add(session);
        }

        return true;
    }

    private void OnCancel(ServerSession session, MessageHeader header)
    {
        if (session.Requests.TryGetValue(header.RequestId, out ServerRequest? request))
        {
            Withdraw(request, WireStatus.Cancelled);
            return;
        }

        foreach (QueuedRequest queued in session.Backlog)
        {
            if (queued.Id == header.RequestId && !queued.IsCancelled)
            {
                queued.IsCancelled = true;
                Answer(session, new MessageHeader(MessageType.GetReply, WireStatus.Ok, queued.Keys, queued.Id), WireStatus.Cancelled);
                return;
            }
        }

        for (LinkedListNode<ServerReply>? node = session.Waiting.First; node is not null; node = node.Next)
        {
            ServerReply reply = node.Value;
            if (reply.RequestId == header.RequestId && reply.IsUnsent)
            {
                session.Waiting.Remove(node);
                _sender.Drop(reply);
                Answer(session, new MessageHeader(MessageType.GetReply, WireStatus.Ok, reply.Keys, reply.RequestId), WireStatus.Cancelled);
                return;
            }
        }
    }

    private void Withdraw(ServerRequest request, WireStatus status)
    {
        if (request.IsAnswered)
            return;
        request.IsAnswered = true;
        _ = request.Cancellation.CancelAsync();
        Answer(request.Session, new MessageHeader(MessageType.GetReply, WireStatus.Ok, request.Keys, request.Id), status);
    }

    protected override void OnOpened()
    {
        if (ListenAt is not null)
            Address = Worker.Listen(ListenAt);
    }

    protected override void OnProgressed()
    {
        foreach (ServerSession session in _dirty)
        {
            session.IsDirty = false;
            _sender.SendBatch(Worker, session);
        }

        _dirty.Clear();
    }

    protected override long OnRound(long nowMs)
    {
        while (_arrivals.TryDequeue(out UcxConnectionRequest arrival))
        {
            if (_team.TryEnter(_settings.SessionsMax))
                _team.LeastBusy().AdoptLater(arrival);
            else
                Worker.Reject(arrival);
        }

        _sender.SendReady(Worker, ServeBacklog);
        OnProgressed();

        long deadline = _sender.NeedsRetry ? nowMs + 1 : _sender.HasReady ? nowMs : long.MaxValue;
        foreach (ServerSession session in _unauthenticated)
        {
            if (nowMs >= session.HelloDeadlineMs)
                _doomed.Enqueue(session);
            else
                deadline = Math.Min(deadline, session.HelloDeadlineMs);
        }

        if (_sourceRequests > 0 || _sender.BytesPending > 0)
        {
            if (nowMs >= _nextCheckMs)
            {
                CheckDeadlines(nowMs);
                _nextCheckMs = nowMs + DeadlineCheckMs;
            }

            deadline = Math.Min(deadline, _nextCheckMs);
        }

        while (_doomed.TryDequeue(out ServerSession? session))
            Close(session);

        if (!IsDraining)
            return deadline;
        IsFinished = nowMs >= _drainDeadlineMs || _sessions.Count == 0;
        return Math.Min(deadline, _drainDeadlineMs);
    }

    /// <summary>The other way into this loop, for the one that listens.</summary>
    private void AdoptLater(UcxConnectionRequest arrival)
    {
        // Counted at once, so that the next arrival goes elsewhere.
        Interlocked.Increment(ref _sessionsOpen);
        Post(() => Adopt(arrival));
    }

    private void ServeBacklog(ServerSession session)
    {
        while (session.Backlog.Count > 0 && !session.IsClosed && MayServe(session))
        {
            QueuedRequest queued = session.Backlog.Dequeue();
            if (!queued.IsCancelled
                && GetRequest.Read(queued.Body.GetSpan(), queued.Keys, out ReadOnlySpan<byte> name, out ReadOnlySpan<ObjectId> ids) == WireError.None
                && session.TrySetRepository(name))
            {
                Serve(session, queued.Id, queued.Options, queued.DeadlineMs, ids);
            }

            queued.Body.Release();
        }
    }

    private void CheckDeadlines(long nowMs)
    {
        foreach (ServerSession session in _sessions.Values)
        {
            foreach (ServerRequest request in session.Requests.Values)
            {
                if (nowMs >= request.DeadlineMs)
                    Withdraw(request, WireStatus.DeadlineExceeded);
            }

            foreach (QueuedRequest queued in session.Backlog)
            {
                if (nowMs >= queued.DeadlineMs && !queued.IsCancelled)
                {
                    queued.IsCancelled = true;
                    Answer(session, new MessageHeader(MessageType.GetReply, WireStatus.Ok, queued.Keys, queued.Id), WireStatus.DeadlineExceeded);
                }
            }

            // It takes nothing, or is stopped: what it makes us hold is worth more than its connection.
            if (session.BytesInFlight > 0 && nowMs - session.LastProgressMs >= _settings.SendTimeoutMs)
                _doomed.Enqueue(session);
        }
    }

    private void Close(ServerSession session)
    {
        if (session.IsClosed)
            return;
        session.IsClosed = true;
        _sessions.Remove(session.Endpoint);
        _unauthenticated.Remove(session);
        Volatile.Write(ref _sessionsOpen, _sessions.Count);
        _team.Leave();
        foreach (ServerRequest request in session.Requests.Values)
            _ = request.Cancellation.CancelAsync();
        foreach (QueuedRequest queued in session.Backlog)
            queued.Body.Release();
        session.Backlog.Clear();
        session.Batch.Clear();
        // Failed sends complete during the close or later; what is half sent is let go of then.
        Worker.Close(session.Endpoint);
        foreach (ServerReply reply in session.Waiting.ToArray())
            _sender.Drop(reply);
        session.Waiting.Clear();
    }

    protected override void OnClosing()
    {
        foreach (ServerSession session in _sessions.Values.ToArray())
            Close(session);
    }

    protected override void OnClosed() => _hot?.Dispose();
}
