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

/// <summary>One call: its encoded request, and the reply as it comes together. After construction on the loop's thread only, except <see cref="Reply"/>.</summary>
#pragma warning disable CA1001 // Its blocks go to the operation that uses them, or are freed where the request ends.
internal sealed class ClientRequest
#pragma warning restore CA1001
{
    private readonly TaskCompletionSource<NativeBytes> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlobReadOptions _options;
    private NativeBytes? _body;
    private NativeBytes? _stream;
    private List<(int Start, int End)>? _chunks;
    private long _receivedBytes;
    private int _receivesPending;
    private bool _isCovered;

    internal ClientRequest(RepositoryName repository, ReadOnlySpan<ObjectId> ids, BlobReadOptions options, long deadlineMs)
    {
        _options = options;
        QueueNode = new LinkedListNode<ClientRequest>(this);
        DeadlineNode = new LinkedListNode<ClientRequest>(this);
        Keys = ids.Length;
        DeadlineMs = deadlineMs;
        _body = new NativeBytes(GetRequest.Size(repository, ids.Length));
        GetRequest.Write(_body.GetSpan(), repository, ids);
    }

    /// <summary>Its place in the queue of requests to send.</summary>
    internal LinkedListNode<ClientRequest> QueueNode { get; }

    /// <summary>Its place in the list of deadlines, or of abandoned requests.</summary>
    internal LinkedListNode<ClientRequest> DeadlineNode { get; }

    internal int Keys { get; }

    internal long DeadlineMs { get; set; }

    internal ulong Id { get; set; }

    internal ClientRequestState State { get; set; }

    /// <summary>The whole reply stream; the awaiter owns it.</summary>
    internal Task<NativeBytes> Reply => _reply.Task;

    /// <summary>True when the stream is complete and no receive is open.</summary>
    internal bool IsComplete { get; private set; }

    internal void Send(UcxWorker worker, UcxEndpoint endpoint)
    {
        NativeBytes body = _body ?? throw new InvalidOperationException("A request is sent once.");
        _body = null;
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.Get, WireStatus.Ok, Keys, Id, Options: _options).Write(header);
        worker.Send(endpoint, header, [body.AsSegment()], UcxSendMode.WithReplyEndpoint, new BlockSend(body));
    }

    /// <summary>Takes one piece of the reply stream. <paramref name="progressed"/> is told after each piece that came by rendezvous.</summary>
    /// <returns>False: the piece breaks the protocol.</returns>
    internal bool Receive(in UcxMessage message, MessageHeader header, Action<ClientRequest> progressed)
    {
        if (header.Keys != Keys
            || message.BodyBytes > (ulong)(header.ReplyBytes - header.ChunkOffset)
            || (message.BodyBytes == 0 && header.ReplyBytes != 0)
            || (_chunks is not null && _stream is not null && header.ReplyBytes != _stream.LengthBytes))
        {
            return false;
        }

        int chunkBytes = (int)message.BodyBytes;
        _chunks ??= [];
        _chunks.Add((header.ChunkOffset, header.ChunkOffset + chunkBytes));
        _receivedBytes += chunkBytes;
        if (_receivedBytes > header.ReplyBytes)
            return false;

        if (State != ClientRequestState.Abandoned)
        {
            _stream ??= new NativeBytes(header.ReplyBytes);
            if (message.IsRendezvous)
            {
                _receivesPending++;
                message.Receive(AsSegment(_stream, header.ChunkOffset, chunkBytes), new ChunkReceive(this, progressed));
            }
            else
            {
                message.Body.CopyTo(_stream.GetSpan()[header.ChunkOffset..]);
            }
        }

        if (_receivedBytes == header.ReplyBytes)
        {
            if (!CoversWhole(header.ReplyBytes))
                return false;
            _isCovered = true;
        }

        IsComplete = _isCovered && _receivesPending == 0;
        return true;
    }

    /// <summary>Hands the reply to the caller. Only when <see cref="IsComplete"/> and not abandoned.</summary>
    internal void Succeed()
    {
        State = ClientRequestState.Ended;
        NativeBytes stream = _stream!;
        _stream = null;
        if (!_reply.TrySetResult(stream))
            stream.Dispose();
    }

    /// <summary>Tells the caller; the request may stay as abandoned.</summary>
    internal void Fail(Exception failure, ClientRequestState state)
    {
        State = state;
        _body?.Dispose();
        _body = null;
        FreeStreamWhenUnused();
        _reply.TrySetException(failure);
    }

    private void FreeStreamWhenUnused()
    {
        // UCX writes into it until the last receive completed.
        if (_receivesPending > 0 || State is ClientRequestState.Waiting or ClientRequestState.Outstanding)
            return;
        _stream?.Dispose();
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

    private static unsafe UcxSegment AsSegment(NativeBytes stream, int offset, int lengthBytes) => new(stream.Address + offset, (nuint)lengthBytes);

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
