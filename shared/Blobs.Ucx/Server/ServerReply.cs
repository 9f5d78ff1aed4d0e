using System.Buffers;
using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>
/// One reply on its way out: the source's batch, cut in messages. Small envelopes are copied together, because one message is one system call
/// (12-50k batches/s against 4k for separate messages of 1 KB); large ones go from where they lie, each in messages of its own.
/// The batch is disposed when UCX is done with the last message.
/// </summary>
#pragma warning disable CA1001 // The table is freed where the batch is: with the last message.
internal sealed unsafe class ServerReply
#pragma warning restore CA1001
{
    /// <summary>A whole reply up to this size is copied into one contiguous message.</summary>
    internal const int PackBytesMax = 64 << 10;

    /// <summary>In a larger reply, envelopes below this are copied together; the others are pinned and gathered.</summary>
    internal const int CopyBytesMax = 16 << 10;

    /// <summary>Gathered messages are sent eagerly and stay below this: measured twice as fast as gathering by rendezvous.</summary>
    internal const int GatherBytesMax = 512 << 10;

    /// <summary>From here on an envelope travels alone, contiguous, by rendezvous: no copy in UCX.</summary>
    internal const int AloneBytesMin = 256 << 10;

    private readonly BlobBatch _batch;
    private readonly ulong _requestId;
    private readonly int _totalBytes;
    private readonly List<ReadOnlyMemory<byte>> _gathered = [];
    private readonly List<UcxSegment> _segments = [];
    private NativeBytes? _table;
    private int _gatheredBytes;
    private int _offset;
    private int _messagesOpen;
    private bool _failed;

    internal ServerReply(ServerSession session, ulong requestId, BlobBatch batch, int totalBytes)
    {
        Session = session;
        _requestId = requestId;
        _batch = batch;
        _totalBytes = totalBytes;
    }

    internal ServerSession Session { get; }

    internal int TotalBytes => _totalBytes;

    /// <summary>Sends everything. <paramref name="completed"/> is told once, with false when a send failed; possibly before this returns.</summary>
    internal void Send(UcxWorker worker, int messageBytesMax, Action<ServerReply, bool> completed)
    {
        // The count held here keeps the batch alive until the last message was handed over.
        _messagesOpen = 1;
        Sender sender = new(worker, messageBytesMax, completed);
        ReadOnlySpan<BlobEntry> entries = _batch.Entries.Span;
        if (_totalBytes <= Math.Min(PackBytesMax, messageBytesMax))
        {
            NativeBytes packed = Pack(entries);
            SendMessage(sender, [packed.AsSegment()], UcxSendMode.Auto, packed, []);
        }
        else
        {
            _table = new NativeBytes(entries.Length * ReplyStream.TableEntryBytes);
            ReplyStream.WriteTable(_table.GetSpan(), entries);
            Add(sender, _table.Memory);
            foreach (BlobEntry entry in entries)
            {
                if (entry.Outcome == BlobOutcome.Found)
                    Add(sender, entry.Envelope);
            }

            Flush(sender);
        }

        Release(sender);
    }

    /// <summary>For a reply that is never sent.</summary>
    internal void Drop() => _batch.Dispose();

    private NativeBytes Pack(ReadOnlySpan<BlobEntry> entries)
    {
        NativeBytes packed = new(_totalBytes);
        Span<byte> destination = packed.GetSpan();
        ReplyStream.WriteTable(destination, entries);
        int offset = entries.Length * ReplyStream.TableEntryBytes;
        foreach (BlobEntry entry in entries)
        {
            entry.Envelope.Span.CopyTo(destination[offset..]);
            offset += entry.Envelope.Length;
        }

        return packed;
    }

    private void Add(Sender sender, ReadOnlyMemory<byte> piece)
    {
        if (piece.Length >= Math.Min(AloneBytesMin, sender.MessageBytesMax))
        {
            Flush(sender);
            for (int start = 0; start < piece.Length; start += sender.MessageBytesMax)
            {
                MemoryHandle pin = piece[start..Math.Min(piece.Length, start + sender.MessageBytesMax)].Pin();
                nuint length = (nuint)Math.Min(piece.Length - start, sender.MessageBytesMax);
                SendMessage(sender, [new UcxSegment((byte*)pin.Pointer, length)], UcxSendMode.Auto, null, [pin]);
            }

            return;
        }

        if (_gatheredBytes + piece.Length > Math.Min(GatherBytesMax, sender.MessageBytesMax))
            Flush(sender);
        _gathered.Add(piece);
        _gatheredBytes += piece.Length;
    }

    /// <summary>Sends what was gathered: neighbouring small pieces copied to one run, the others pinned where they are.</summary>
    private void Flush(Sender sender)
    {
        if (_gathered.Count == 0)
            return;
        int stagedBytes = 0;
        foreach (ReadOnlyMemory<byte> piece in _gathered)
            stagedBytes += piece.Length < CopyBytesMax ? piece.Length : 0;

        NativeBytes staging = new(stagedBytes);
        List<MemoryHandle> pins = [];
        _segments.Clear();
        int staged = 0;
        int runStart = 0;
        foreach (ReadOnlyMemory<byte> piece in _gathered)
        {
            if (piece.Length < CopyBytesMax)
            {
                piece.Span.CopyTo(staging.GetSpan()[staged..]);
                staged += piece.Length;
                continue;
            }

            CloseRun(staging, runStart, staged);
            runStart = staged;
            MemoryHandle pin = piece.Pin();
            pins.Add(pin);
            _segments.Add(new UcxSegment((byte*)pin.Pointer, (nuint)piece.Length));
        }

        CloseRun(staging, runStart, staged);
        _gathered.Clear();
        _gatheredBytes = 0;
        SendMessage(
            sender,
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_segments),
            _segments.Count > 1 ? UcxSendMode.Eager : UcxSendMode.Auto,
            staging,
            pins);
    }

    private void CloseRun(NativeBytes staging, int start, int end)
    {
        if (end > start)
            _segments.Add(new UcxSegment(staging.Address + start, (nuint)(end - start)));
    }

    private void SendMessage(Sender sender, ReadOnlySpan<UcxSegment> segments, UcxSendMode mode, NativeBytes? block, List<MemoryHandle> pins)
    {
        int bytes = 0;
        foreach (UcxSegment segment in segments)
            bytes += (int)segment.LengthBytes;

        Span<byte> header = stackalloc byte[MessageHeader.Size];
        new MessageHeader(MessageType.GetReply, WireStatus.Ok, _batch.Entries.Length, _requestId, _totalBytes, _offset).Write(header);
        _offset += bytes;
        _messagesOpen++;
        sender.Worker.Send(Session.Endpoint, header, segments, mode, new MessageSend(this, sender, block, pins));
    }

    private void Release(Sender sender)
    {
        if (--_messagesOpen > 0)
            return;
        _table?.Dispose();
        _batch.Dispose();
        sender.Completed(this, !_failed);
    }

    private sealed record Sender(UcxWorker Worker, int MessageBytesMax, Action<ServerReply, bool> Completed);

    private sealed class MessageSend(ServerReply reply, Sender sender, NativeBytes? block, List<MemoryHandle> pins) : UcxOperation
    {
        public override void OnCompleted(UcxStatus status)
        {
            block?.Dispose();
            foreach (MemoryHandle pin in pins)
                pin.Dispose();
            reply._failed |= status.IsFailure();
            reply.Release(sender);
        }
    }
}
