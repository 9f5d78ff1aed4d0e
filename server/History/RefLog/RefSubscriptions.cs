using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using RefChange = Monorepo.Storage.RefChange;

namespace Monorepo.History.RefLog;

/// <summary>
/// Serves the ref-update log to consumers. Nothing is queued for any of them: each reads the log at its own pace, a page at a time, and sleeps at its
/// end until the store wakes it; one that falls behind what is kept is told so. Thread-safe.
/// </summary>
/// <param name="time">For heartbeats.</param>
public sealed class RefSubscriptions(TimeProvider time) : IDisposable
{
    /// <summary>Consumers at a time.</summary>
    public const int SubscribersMax = 4_096;

    private const int PageUpdatesMax = 1_024;

    private const uint HeartbeatMsMin = 1_000;

    private readonly CancellationTokenSource _stopping = new();
    private int _subscribers;

    /// <summary>Ends all subscriptions with UNAVAILABLE, and refuses new ones: a server that stops does not wait for consumers that never end.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose() => _stopping.Dispose();

    internal async Task WriteAsync(
        IRepository repository, SubscribeRequest request, IRpcStreamWriter<RefUpdateBatch> output, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _subscribers) > SubscribersMax)
        {
            Interlocked.Decrement(ref _subscribers);
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"{SubscribersMax} consumers are subscribed already.");
        }

        try
        {
            using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            await FollowAsync(repository.Refs, request, output, ending.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(RpcStatusCode.Unavailable, "the server is stopping; subscribe again from the last offset you have.");
        }
        finally
        {
            Interlocked.Decrement(ref _subscribers);
        }
    }

    private async Task FollowAsync(IRefStore refs, SubscribeRequest request, IRpcStreamWriter<RefUpdateBatch> output, CancellationToken cancellationToken)
    {
        RefLogPage page = await refs.ReadLogAsync(0, 1, 1, cancellationToken);
        long after = request.FromEarliest ? page.EarliestOffset - 1 : (long)Math.Min(request.AfterOffset, long.MaxValue);
        long end = request.UntilNow ? page.LatestOffset : long.MaxValue;
        if (after > page.LatestOffset)
        {
            throw new RpcException(
                RpcStatusCode.OutOfRange,
                $"offset {after} is past the newest update, {page.LatestOffset}. The server may have been restored from an older backup; read all refs, and subscribe from their offset.");
        }

        while (after < end)
        {
            page = await refs.ReadLogAsync(after, PageUpdatesMax, ServiceLimits.BatchBytesTarget, cancellationToken);
            if (page.IsLost(after))
            {
                throw new RpcException(
                    RpcStatusCode.OutOfRange,
                    $"updates after offset {after} are no longer kept; the earliest is {page.EarliestOffset}. Read all refs, and subscribe from their offset.");
            }

            if (page.Updates.Count > 0)
            {
                // Messages may hold what came after "now"; a consumer that asked for less gets no more.
                await output.WriteAsync(ToMessage(page, end), cancellationToken);
                after = page.Updates[^1].Offset;
            }
            else if (!await WaitAsync(refs, after, request.HeartbeatMs, cancellationToken))
            {
                await output.WriteAsync(new RefUpdateBatch { LatestOffset = (ulong)page.LatestOffset }, cancellationToken);
            }
        }
    }

    /// <returns>False when the time for a heartbeat came first.</returns>
    private async Task<bool> WaitAsync(IRefStore refs, long after, uint heartbeatMs, CancellationToken cancellationToken)
    {
        if (heartbeatMs == 0)
        {
            await refs.WaitForUpdateAsync(after, cancellationToken);
            return true;
        }

        using CancellationTokenSource wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource beat = new(TimeSpan.FromMilliseconds(Math.Max(heartbeatMs, HeartbeatMsMin)), time);
        using CancellationTokenRegistration link = beat.Token.Register(wait.Cancel);
        try
        {
            await refs.WaitForUpdateAsync(after, wait.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static RefUpdateBatch ToMessage(RefLogPage page, long end)
    {
        RefUpdateBatch batch = new() { LatestOffset = (ulong)page.LatestOffset };
        foreach (RefUpdate update in page.Updates.Where(u => u.Offset <= end))
        {
            RefUpdateEntry entry = new() { Offset = (ulong)update.Offset, UnixMilliseconds = update.UnixMilliseconds };
            entry.Moves.AddRange(update.Changes.Select(ToMessage));
            batch.Updates.Add(entry);
        }

        return batch;
    }

    private static RefMove ToMessage(RefChange change) => new()
    {
        Name = change.Name.Value,
        OldTarget = RequestIds.ToMessage(change.Expected ?? ObjectId.Null),
        NewTarget = RequestIds.ToMessage(change.Target ?? ObjectId.Null),
        Peeled = change.Peeled is { } peeled ? RequestIds.ToMessage(peeled) : ByteString.Empty,
    };
}
