using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Client;

/// <summary>Where a request is on its way.</summary>
internal enum ClientRequestState
{
    /// <summary>In the client's queue.</summary>
    Waiting,

    /// <summary>On the wire; holds a credit.</summary>
    Outstanding,

    /// <summary>The caller has its failure; the credit is held until the server answers, so the server is never sent more than it granted.</summary>
    Abandoned,

    /// <summary>Answered or failed.</summary>
    Ended,
}

/// <summary>What became of a piece of a reply.</summary>
internal enum ClientReceipt
{
    Taken,

    /// <summary>It breaks the protocol.</summary>
    Broken,

    /// <summary>There is no memory for the reply. The piece is dropped.</summary>
    NoMemory,
}

/// <summary>One call, and its reply as it comes together. After construction on the loop's thread only, except <see cref="Reply"/>.</summary>
internal sealed class ClientRequest
{
    private readonly TaskCompletionSource<NativeBuffer> _reply;
    private readonly RepositoryName _repository;
    private readonly ReadOnlyMemory<ObjectId> _ids;
    private readonly BlobReadOptions _options;
    private NativeBuffer? _stream;
    private List<(int Start, int End)>? _chunks;
    private long _receivedBytes;
    private int _receivesPending;
    private bool _isCovered;

    /// <param name="repository">Whose objects.</param>
    /// <param name="ids">Stay as they are until the call has ended.</param>
    /// <param name="options">How it is answered.</param>
    /// <param name="deadlineMs">On the TickCount64 clock.</param>
    /// <param name="completesInline">The caller goes on on the loop's thread.</param>
    internal ClientRequest(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, long deadlineMs, bool completesInline)
    {
        _reply = new TaskCompletionSource<NativeBuffer>(completesInline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
        QueueNode = new LinkedListNode<ClientRequest>(this);
        DeadlineNode = new LinkedListNode<ClientRequest>(this);
        DeadlineMs = deadlineMs;
        _repository = repository;
        _ids = ids;
        _options = options;
    }

    /// <summary>Its place in the queue of requests to send.</summary>
    internal LinkedListNode<ClientRequest> QueueNode { get; }

    /// <summary>Its place in the list of deadlines, or of abandoned requests.</summary>
    internal LinkedListNode<ClientRequest> DeadlineNode { get; }

    internal int Keys => _ids.Length;

    internal int BodyBytes => GetRequest.Size(_repository, Keys);

    internal long DeadlineMs { get; set; }

    internal ulong Id { get; set; }

    internal ClientRequestState State { get; set; }

    /// <summary>The whole reply stream; the awaiter owns it.</summary>
    internal Task<NativeBuffer> Reply => _reply.Task;

    /// <summary>True when the stream is complete and no receive is open.</summary>
    internal bool IsComplete { get; private set; }

    /// <summary>As what it goes to the server. Whose wait is over soon gets what is left.</summary>
    internal MessageHeader Header(long nowMs) =>
        new(MessageType.Get, WireStatus.Ok, Keys, Id, Options: _options, DeadlineMs: (int)Math.Clamp(DeadlineMs - nowMs, 1, int.MaxValue));

    internal void WriteBody(Span<byte> body) => GetRequest.Write(body, _repository, _ids.Span);

    /// <summary>Takes a whole reply that came in a batch.</summary>
    internal ClientReceipt ReceiveWhole(ReadOnlySpan<byte> stream, MessageHeader header, BufferPool pool)
    {
        if (header.Keys != Keys || _chunks is not null)
            return ClientReceipt.Broken;
        IsComplete = true;
        if (State == ClientRequestState.Abandoned)
            return ClientReceipt.Taken;
        _stream = pool.TryRent(stream.Length, MemoryOwner.Receives);
        if (_stream is null)
            return ClientReceipt.NoMemory;
        stream.CopyTo(_stream.GetSpan());
        return ClientReceipt.Taken;
    }

    /// <summary>Takes one piece of the reply stream. <paramref name="progressed"/> is told after each piece that came by rendezvous.</summary>
    internal ClientReceipt Receive(in UcxMessage message, MessageHeader header, BufferPool pool, Action<ClientRequest> progressed)
    {
        if (header.Keys != Keys
            || IsComplete
            || message.BodyBytes > (ulong)(header.ReplyBytes - header.ChunkOffset)
            || (message.BodyBytes == 0 && header.ReplyBytes != 0)
            || (_stream is not null && header.ReplyBytes != _stream.LengthBytes))
        {
            return ClientReceipt.Broken;
        }

        int chunkBytes = (int)message.BodyBytes;
        _chunks ??= [];
        _chunks.Add((header.ChunkOffset, header.ChunkOffset + chunkBytes));
        _receivedBytes += chunkBytes;
        if (_receivedBytes > header.ReplyBytes)
            return ClientReceipt.Broken;

        bool isWanted = State != ClientRequestState.Abandoned;
        if (isWanted)
        {
            _stream ??= pool.TryRent(header.ReplyBytes, MemoryOwner.Receives);
            if (_stream is not null && message.IsRendezvous)
            {
                _receivesPending++;
                message.Receive(_stream.AsSegment(header.ChunkOffset, chunkBytes), new ChunkReceive(this, progressed));
            }
            else if (_stream is not null)
            {
                message.Body.CopyTo(_stream.GetSpan()[header.ChunkOffset..]);
            }
        }

        if (_receivedBytes == header.ReplyBytes)
        {
            if (!CoversWhole(header.ReplyBytes))
                return ClientReceipt.Broken;
            _isCovered = true;
        }

        IsComplete = _isCovered && _receivesPending == 0;
        return isWanted && _stream is null ? ClientReceipt.NoMemory : ClientReceipt.Taken;
    }

    /// <summary>Hands the reply to the caller. Only when <see cref="IsComplete"/> and not abandoned.</summary>
    internal void Succeed()
    {
        State = ClientRequestState.Ended;
        NativeBuffer stream = _stream!;
        _stream = null;
        if (!_reply.TrySetResult(stream))
            stream.Release();
    }

    /// <summary>Tells the caller; the request may stay as abandoned.</summary>
    internal void Fail(Exception failure, ClientRequestState state)
    {
        State = state;
        FreeStreamWhenUnused();
        _reply.TrySetException(failure);
    }

    private void FreeStreamWhenUnused()
    {
        // UCX writes into it until the last receive completed.
        if (_receivesPending > 0 || State is ClientRequestState.Waiting or ClientRequestState.Outstanding)
            return;
        _stream?.Release();
        _stream = null;
    }

    /// <summary>Pieces may come in any order, so only the last one shows whether they overlap.</summary>
    private bool CoversWhole(int replyBytes)
    {
        _chunks!.Sort();
        int end = 0;
        foreach ((int start, int chunkEnd) in _chunks)
        {
            if (start != end)
                return false;
            end = chunkEnd;
        }

        return end == replyBytes;
    }

    private void OnReceived(UcxStatus status, Action<ClientRequest> progressed)
    {
        _receivesPending--;
        FreeStreamWhenUnused();
        // A failed receive means a failed connection: its handler fails the request, so there is nothing to say here.
        if (status.IsFailure())
            return;
        IsComplete = _isCovered && _receivesPending == 0;
        progressed(this);
    }

    private sealed class ChunkReceive(ClientRequest request, Action<ClientRequest> progressed) : UcxOperation
    {
        public override void OnCompleted(UcxStatus status) => request.OnReceived(status, progressed);
    }
}
