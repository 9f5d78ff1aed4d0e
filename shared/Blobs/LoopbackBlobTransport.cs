using Monorepo.Core;

namespace Monorepo.Blobs;

/// <summary>Client and server in one process: hands the source's batches to the caller without copying. The executable specification of the others.</summary>
public sealed class LoopbackBlobTransport(IBlobSource source) : IBlobTransport
{
    private readonly CancellationTokenSource _closed = new();
    private int _disposed;

    public string Name => "loopback";

    public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        BlobRequestRules.ThrowIfTooMany(ids.Length);
        cancellationToken.ThrowIfCancellationRequested();
        if (Volatile.Read(ref _disposed) != 0)
            throw Closed();
        Task<BlobBatch>? pending = null;
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        try
        {
            pending = source.GetAsync(repository, ids, options, linked.Token).AsTask();
            BlobBatch batch = await pending.WaitAsync(linked.Token);
            if (batch.Entries.Length == ids.Length)
                return new BlobReply(batch.Entries, batch);
            batch.Dispose();
            throw new BlobTransportException(BlobTransportError.SourceFailed, "The source answered another number of ids than asked.");
        }
        catch (OperationCanceledException) when (linked.IsCancellationRequested)
        {
            // A source that is slow to notice still hands over a batch some day.
            _ = pending?.ContinueWith(
                static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
            throw Closed();
        }
        catch (Exception e) when (e is not BlobTransportException)
        {
            throw new BlobTransportException(BlobTransportError.SourceFailed, "The source failed.", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        // The token source is left undisposed: calls that are just starting may still link to its token.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _closed.Cancel();
        return ValueTask.CompletedTask;
    }

    private static BlobTransportException Closed() => new(BlobTransportError.Closed, "The transport was disposed.");
}
