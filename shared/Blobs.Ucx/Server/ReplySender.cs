using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>
/// Gives replies to UCX as fast as their clients take them, and to all clients in turn. UCX queues without limit and sends in order, so what it is given
/// is bounded for each connection; a client that takes nothing stops its own connection and nobody else's. On the loop's thread.
/// </summary>
internal sealed class ReplySender
{
    /// <summary>Messages of one session before the next gets its turn.</summary>
    private const int MessagesPerTurn = 2;

    private readonly UcxBlobServerSettings _settings;
    private readonly BufferPool _pool;
    private readonly Queue<ServerSession> _doomed;
    private readonly Action<ServerReply, int> _onSending;
    private readonly Action<ServerReply, int> _onSent;
    private readonly Queue<ServerSession> _ready = new();
    private readonly Stack<BatchSend> _batchSends = new();
    private long _bytesSent;
    private long _bytesPending;

    /// <param name="settings">The limits.</param>
    /// <param name="pool">For what is copied.</param>
    /// <param name="doomed">Gets sessions whose sends fail.</param>
    internal ReplySender(UcxBlobServerSettings settings, BufferPool pool, Queue<ServerSession> doomed)
    {
        _settings = settings;
        _pool = pool;
        _doomed = doomed;
        _onSending = static (reply, bytes) => Begin(reply.Session, bytes);
        _onSent = OnSent;
    }

    /// <summary>Handed to the network and done with, since the start. Any thread.</summary>
    internal long BytesSent => Volatile.Read(ref _bytesSent);

    /// <summary>Reply bytes that clients make this loop hold. Read by any thread.</summary>
    internal long BytesPending
    {
        get => Volatile.Read(ref _bytesPending);
        set => Volatile.Write(ref _bytesPending, value);
    }

    /// <summary>A reply waits for memory, whose release nobody tells us of.</summary>
    internal bool NeedsRetry { get; private set; }

    /// <summary>Something may be sent to this client, or one of its requests served.</summary>
    internal void MakeReady(ServerSession session)
    {
        if (session.IsReady || session.IsClosed)
            return;
        session.IsReady = true;
        _ready.Enqueue(session);
    }

    internal void SendBatch(UcxWorker worker, ServerSession session)
    {
        if (session.Batch.IsEmpty)
            return;
        NativeBuffer buffer = session.Batch.Take(out MessageHeader header, out int bytes);
        BatchSend send = _batchSends.TryPop(out BatchSend? pooled) ? pooled : new BatchSend(this);
        send.Begin(session, buffer, bytes);
        session.BytesPending += bytes;
        BytesPending += bytes;
        Begin(session, bytes);
        Span<byte> headerBytes = stackalloc byte[MessageHeader.Size];
        header.Write(headerBytes);
        worker.Send(session.Endpoint, headerBytes, [buffer.AsSegment(0, bytes)], UcxSendMode.Eager, send);
    }

    /// <summary>One turn for each session that was ready when it began.</summary>
    internal void SendReady(UcxWorker worker, Action<ServerSession> serveBacklog)
    {
        NeedsRetry = false;
        for (int turns = _ready.Count; turns > 0 && _ready.TryDequeue(out ServerSession? session); turns--)
        {
            session.IsReady = false;
            if (session.IsClosed)
                continue;
            serveBacklog(session);
            if (!SendWaiting(worker, session))
            {
                NeedsRetry = true;
                MakeReady(session);
            }
            else if (session.Waiting.First?.Value is { IsSent: false } && session.BytesInFlight < _settings.Fabric.SendWindowBytes)
            {
                MakeReady(session);
            }
        }
    }

    /// <summary>True when a session still has its turn to come.</summary>
    internal bool HasReady => _ready.Count > 0;

    /// <summary>A reply that will not be sent, or no further.</summary>
    internal void Drop(ServerReply reply)
    {
        reply.Session.BytesPending -= reply.TotalBytes;
        BytesPending -= reply.TotalBytes;
        reply.End();
    }

    /// <returns>False: there is no memory.</returns>
    private bool SendWaiting(UcxWorker worker, ServerSession session)
    {
        for (int i = 0; i < MessagesPerTurn; i++)
        {
            // Replies leave in order; the last messages of some may still be on their way.
            ServerReply? next = session.Waiting.FirstOrDefault(static reply => !reply.IsSent);
            if (next is null || session.BytesInFlight >= _settings.Fabric.SendWindowBytes)
                return true;
            if (next.TrySendNext(worker, _pool, _settings.MessageBytesMax, _settings.Fabric.PieceBytes, _onSending, _onSent) == 0)
                return false;
        }

        return true;
    }

    private static void Begin(ServerSession session, int bytes)
    {
        if (session.BytesInFlight == 0)
            session.LastProgressMs = Environment.TickCount64;
        session.BytesInFlight += bytes;
    }

    private void OnSent(ServerReply reply, int bytes)
    {
        ServerSession session = reply.Session;
        Ended(session, bytes, reply.HasFailed);
        if (session.IsClosed)
        {
            // It was dropped; this may have been the last that UCX held of it.
            reply.End();
        }
        else if (reply.IsDone)
        {
            session.Waiting.Remove(reply);
            Drop(reply);
        }
    }

    private void Ended(ServerSession session, int bytes, bool hasFailed)
    {
        session.BytesInFlight -= bytes;
        session.LastProgressMs = Environment.TickCount64;
        _bytesSent += bytes;
        if (hasFailed)
            _doomed.Enqueue(session);
        else if (session.Waiting.Count > 0 || session.Backlog.Count > 0)
            MakeReady(session);
    }

    /// <summary>Used again and again, so that a batch allocates nothing.</summary>
    private sealed class BatchSend(ReplySender sender) : UcxOperation
    {
        private ServerSession? _session;
        private NativeBuffer? _buffer;
        private int _bytes;

        internal void Begin(ServerSession session, NativeBuffer buffer, int bytes)
        {
            _session = session;
            _buffer = buffer;
            _bytes = bytes;
        }

        public override void OnCompleted(UcxStatus status)
        {
            ServerSession session = _session!;
            _buffer!.Release();
            _buffer = null;
            _session = null;
            session.BytesPending -= _bytes;
            sender.BytesPending -= _bytes;
            sender.Ended(session, _bytes, status.IsFailure());
            sender._batchSends.Push(this);
        }
    }
}
