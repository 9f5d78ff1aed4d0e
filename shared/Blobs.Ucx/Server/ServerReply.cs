using System.Buffers;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>
/// A reply too long for a batch, on its way out: a chain of fragments (the table of lengths, then the envelopes where they lie) that is cut in messages as
/// there is room to send them. Small envelopes are copied together, because one message is one system call (12-50k batches/s against 4k for separate
/// messages of 1 KB); larger ones are gathered, large ones go alone and by rendezvous, without a copy. What the fragments lie in is let go of when UCX is
/// done with the last message.
/// </summary>
internal sealed unsafe class ServerReply
{
    /// <summary>The length that stands for "deferred".</summary>
    internal const int DeferredLength = -1;

    /// <summary>Envelopes below this are copied together; the others are gathered from where they are.</summary>
    internal const int CopyBytesMax = 16 << 10;

    /// <summary>Gathered messages are sent eagerly and stay below this: measured twice as fast as gathering by rendezvous.</summary>
    internal const int GatherBytesMax = 512 << 10;

    /// <summary>From here on an envelope travels alone, contiguous, by rendezvous: no copy in UCX.</summary>
    internal const int AloneBytesMin = 256 << 10;

    private readonly HotSlice[] _slices;
    private readonly int _keys;
    private readonly IReplyOwner _owner;
    private NativeBuffer? _table;
    private Action<ServerReply, int>? _begun;
    private Action<ServerReply, int>? _completed;
    private int _fragment = -1;
    private int _within;
    private int _offset;
    private int _messagesOpen;
    private bool _failed;
    private bool _isEnded;

    /// <param name="session">Whose it is.</param>
    /// <param name="requestId">What it answers.</param>
    /// <param name="slices">Rented from the shared array pool; the reply's from here on.</param>
    /// <param name="keys">So many of them count.</param>
    /// <param name="owner">Of what they point to.</param>
    /// <param name="totalBytes">Of the stream.</param>
    internal ServerReply(ServerSession session, ulong requestId, HotSlice[] slices, int keys, IReplyOwner owner, int totalBytes)
    {
        Session = session;
        RequestId = requestId;
        TotalBytes = totalBytes;
        _slices = slices;
        _keys = keys;
        _owner = owner;
    }

    internal ServerSession Session { get; }

    internal ulong RequestId { get; }

    internal int Keys => _keys;

    internal int TotalBytes { get; }

    /// <summary>Nothing of it has left: it may still be dropped.</summary>
    internal bool IsUnsent => _offset == 0 && _messagesOpen == 0;

    /// <summary>Every message was handed to UCX.</summary>
    internal bool IsSent => _offset == TotalBytes;

    /// <summary>UCX is done with all of them.</summary>
    internal bool IsDone => IsSent && _messagesOpen == 0;

    internal bool HasFailed => _failed;

    /// <summary>Sends the next message. The two are told of its bytes when it begins and when UCX is done with it, which may be before this returns.</summary>
    /// <returns>Its bytes; 0: there is no memory for it now.</returns>
    internal int TrySendNext(UcxWorker worker, BufferPool pool, int messageBytesMax, int pieceBytes, Action<ServerReply, int> begun, Action<ServerReply, int> completed)
    {
        _begun = begun;
        _completed = completed;
        if (_table is null && !TryMakeTable(pool))
            return 0;
        HotSlice fragment = Fragment(_fragment);
        return _within > 0 || fragment.LengthBytes >= Math.Min(AloneBytesMin, messageBytesMax)
            ? SendPiece(worker, fragment, Math.Min(pieceBytes, messageBytesMax))
            : TrySendGathered(worker, pool, messageBytesMax);
    }

    /// <summary>Lets go of everything, unless UCX still holds messages of it: then when the last is done. Nothing more is sent.</summary>
    internal void End()
    {
        if (_isEnded || _messagesOpen > 0)
            return;
        _isEnded = true;
        _table?.Release();
        _owner.Release(_slices.AsSpan(0, _keys));
        ArrayPool<HotSlice>.Shared.Return(_slices);
    }

    private bool TryMakeTable(BufferPool pool)
    {
        _table = pool.TryRent(_keys * ReplyStream.TableEntryBytes, MemoryOwner.Replies);
        if (_table is null)
            return false;
        Span<byte> table = _table.GetSpan();
        for (int i = 0; i < _keys; i++)
        {
            int length = _slices[i].LengthBytes;
            BlobOutcome outcome = length switch { DeferredLength => BlobOutcome.Deferred, 0 => BlobOutcome.Missing, _ => BlobOutcome.Found };
            ReplyStream.WriteEntry(table, i, outcome, length);
        }

        return true;
    }

    /// <summary>The table is the first.</summary>
    private HotSlice Fragment(int index) => index < 0 ? new HotSlice(_table!.Address, _table.LengthBytes, 0) : _slices[index];

    private int SendPiece(UcxWorker worker, HotSlice fragment, int bytesMax)
    {
        int bytes = Math.Min(bytesMax, fragment.LengthBytes - _within);
        byte* address = fragment.Address + _within;
        _within += bytes;
        if (_within == fragment.LengthBytes)
            MoveOn();
        Send(worker, [new UcxSegment(address, (nuint)bytes)], UcxSendMode.Auto, bytes, null);
        return bytes;
    }

    /// <summary>Sends a run of fragments: neighbouring small ones copied together, the others from where they are.</summary>
    private int TrySendGathered(UcxWorker worker, BufferPool pool, int messageBytesMax)
    {
        int limit = Math.Min(GatherBytesMax, messageBytesMax);
        int aloneMin = Math.Min(AloneBytesMin, messageBytesMax);
        int end = _fragment;
        int bytes = 0;
        int copiedBytes = 0;
        for (; end < _keys; end++)
        {
            int length = Math.Max(0, Fragment(end).LengthBytes);
            if (length >= aloneMin || bytes + length > limit)
                break;
            bytes += length;
            copiedBytes += length < CopyBytesMax ? length : 0;
        }

        NativeBuffer? staging = pool.TryRent(copiedBytes, MemoryOwner.Replies);
        if (staging is null)
            return 0;
        // Each fragment that is not copied ends a run of copied ones.
        UcxSegment[] segments = ArrayPool<UcxSegment>.Shared.Rent((2 * (bytes / CopyBytesMax)) + 2);
        int count = 0;
        int runStart = 0;
        int copied = 0;
        for (int i = _fragment; i < end; i++)
        {
            HotSlice fragment = Fragment(i);
            if (fragment.LengthBytes <= 0)
                continue;
            if (fragment.LengthBytes < CopyBytesMax)
            {
                fragment.Span.CopyTo(staging.GetSpan()[copied..]);
                copied += fragment.LengthBytes;
                continue;
            }

            if (copied > runStart)
                segments[count++] = staging.AsSegment(runStart, copied - runStart);
            runStart = copied;
            segments[count++] = new UcxSegment(fragment.Address, (nuint)fragment.LengthBytes);
        }

        if (copied > runStart)
            segments[count++] = staging.AsSegment(runStart, copied - runStart);
        _fragment = end - 1;
        MoveOn();
        Send(worker, segments.AsSpan(0, count), count > 1 ? UcxSendMode.Eager : UcxSendMode.Auto, bytes, staging);
        ArrayPool<UcxSegment>.Shared.Return(segments);
        return bytes;
    }

    /// <summary>To the next fragment that has bytes.</summary>
    private void MoveOn()
    {
        _within = 0;
        do
            _fragment++;
        while (_fragment < _keys && _slices[_fragment].LengthBytes <= 0);
    }

    private void Send(UcxWorker worker, ReadOnlySpan<UcxSegment> segments, UcxSendMode mode, int bytes, NativeBuffer? staging)
    {
        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.GetReply, WireStatus.Ok, _keys, RequestId, TotalBytes, _offset).Write(header);
        _offset += bytes;
        _messagesOpen++;
        _begun!(this, bytes);
        worker.Send(Session.Endpoint, header, segments, mode, new MessageSend(this, bytes, staging));
    }

    private sealed class MessageSend(ServerReply reply, int bytes, NativeBuffer? staging) : UcxOperation
    {
        public override void OnCompleted(UcxStatus status)
        {
            staging?.Release();
            reply._messagesOpen--;
            reply._failed |= status.IsFailure();
            reply._completed!(reply, bytes);
        }
    }
}
