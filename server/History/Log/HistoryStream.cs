using Google.Protobuf;
using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Log;

/// <summary>Clone and pull: the head, then every commit from a position to the length the head announced.</summary>
internal static class HistoryStream
{
    /// <summary>Bytes of a segment that one message carries.</summary>
    private const int PartBytesMax = 1 << 20;

    /// <summary>
    /// Refs are read before the length. Writers append to the log before they move a ref, so every commit a ref of the
    /// head names lies below the head's length; commits that arrive meanwhile are left to the next pull.
    /// </summary>
    public static async Task WriteAsync(
        IRepository repository,
        SegmentCache cache,
        ReadHistoryRequest request,
        BlobOffer offer,
        IRpcStreamWriter<ReadHistoryResponse> output,
        CancellationToken cancellationToken)
    {
        IHistoryLog log = repository.History;
        RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
        long length = await log.GetLengthAsync(cancellationToken);
        long position = Start(request, log.Epoch, length);
        bool isKnownEpoch = request.Epoch == log.Epoch;
        HistoryHead head = new() { Epoch = log.Epoch, Length = (ulong)length, Blobs = offer };
        head.RefChanges = isKnownEpoch && request.HasKnownRefOffset
            ? await RefsSince.ReadAsync(repository.Refs, refs, request.KnownRefOffset, cancellationToken)
            : null;
        head.Refs = head.RefChanges is null ? RefMessages.ToMessage(refs) : null;
        await output.WriteAsync(new ReadHistoryResponse { Head = head }, cancellationToken);
        SegmentBeginning? held = isKnownEpoch ? Check(request.Held) : null;
        await WriteSegmentsAsync(new SegmentFeed(repository, cache, length), position, held, output, cancellationToken);
    }

    private static async Task WriteSegmentsAsync(
        SegmentFeed feed, long position, SegmentBeginning? held, IRpcStreamWriter<ReadHistoryResponse> output, CancellationToken cancellationToken)
    {
        // The next one is got while the client takes the one before: two in memory, never more.
        Task<FeedItem?> next = feed.ReadAsync(position, held, cancellationToken);
        while (await next is { } item)
        {
            next = feed.ReadAsync(item.Segment.End, null, cancellationToken);
            try
            {
                await WriteSegmentAsync(item, output, cancellationToken);
            }
            catch
            {
                await ObserveAsync(next);
                throw;
            }
        }
    }

    private static async Task WriteSegmentAsync(FeedItem item, IRpcStreamWriter<ReadHistoryResponse> output, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = item.Segment.Bytes;
        for (int offset = item.Offset; offset < bytes.Length; offset += PartBytesMax)
        {
            SegmentPart part = new()
            {
                Position = (ulong)item.Segment.Position,
                Count = (uint)item.Segment.Count,
                TotalBytes = (uint)bytes.Length,
                Offset = (uint)offset,
                // Nobody writes to a segment's bytes, so the message may share them.
                Data = UnsafeByteOperations.UnsafeWrap(bytes.Slice(offset, Math.Min(PartBytesMax, bytes.Length - offset))),
                IsSealed = item.IsSealed,
            };
            await output.WriteAsync(new ReadHistoryResponse { Segment = part }, cancellationToken);
        }
    }

    private static SegmentBeginning? Check(SegmentBeginning? held) => held is null || (held.Count is > 0 and <= SegmentFormat.CommitsPerSegment && held.Bytes < held.TotalBytes)
        ? held
        : throw new RpcException(
            RpcStatusCode.InvalidArgument, $"'held' names {held.Bytes} of {held.TotalBytes} bytes of a segment of {held.Count} commits; it takes a part of 1 to {SegmentFormat.CommitsPerSegment} commits.");

    /// <summary>Waits for a read under way that nobody else will look at.</summary>
    private static async Task ObserveAsync(Task read)
    {
        await read.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _ = read.Exception;
    }

    private static long Start(ReadHistoryRequest request, ulong epoch, long length)
    {
        // Positions of another epoch mean nothing here: everything is sent, and the head tells the client why.
        if (request.Epoch != epoch)
        {
            return 0;
        }

        return request.Position <= (ulong)length
            ? (long)request.Position
            : throw new RpcException(
                RpcStatusCode.OutOfRange,
                $"the log of this epoch has {length} commits, position {request.Position} is past it. The server may have been restored from an older backup; clone again, or ask from an earlier position.");
    }
}
