using Monorepo.Formats.History;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Log;

/// <summary>Clone and pull: the head, then every commit from a position to the length the head announced.</summary>
internal static class HistoryStream
{
    /// <summary>
    /// Refs are read before the length. Writers append to the log before they move a ref, so every commit a ref of the
    /// head names lies below the head's length; commits that arrive meanwhile are left to the next pull.
    /// </summary>
    public static async Task WriteAsync(
        IRepository repository,
        ReadHistoryRequest request,
        BlobOffer offer,
        IRpcStreamWriter<ReadHistoryResponse> output,
        CancellationToken cancellationToken)
    {
        IHistoryLog log = repository.History;
        RefSnapshot refs = await repository.Refs.ReadAsync(cancellationToken);
        long length = await log.GetLengthAsync(cancellationToken);
        long position = Start(request, log.Epoch, length);
        HistoryHead head = new() { Epoch = log.Epoch, Length = (ulong)length, Refs = RefMessages.ToMessage(refs), Blobs = offer };
        await output.WriteAsync(new ReadHistoryResponse { Head = head }, cancellationToken);

        // The next run is read and compressed while the client takes the one before: two runs in memory, never more.
        Task<Run?> next = ReadAsync(log, position, length, cancellationToken);
        while (await next is { } run)
        {
            next = ReadAsync(log, run.End, length, cancellationToken);
            try
            {
                await output.WriteAsync(new ReadHistoryResponse { Run = run.Message }, cancellationToken);
            }
            catch
            {
                // Nobody else will look at the read that is under way.
                await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                _ = next.Exception;
                throw;
            }
        }
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

    private static async Task<Run?> ReadAsync(IHistoryLog log, long position, long length, CancellationToken cancellationToken)
    {
        if (position >= length)
        {
            return null;
        }

        int entriesMax = (int)Math.Min(CommitRunCodec.CommitsMax, length - position);
        IReadOnlyList<LogEntry> entries = await log.ReadAsync(position, entriesMax, ServiceLimits.RunBytesTarget, cancellationToken);
        CommitRun message = await Task.Run(() => CommitRunCodec.Pack(position, [.. entries.Select(e => e.Body)]), cancellationToken);
        return new Run(message, position + entries.Count);
    }

    private sealed record Run(CommitRun Message, long End);
}
