using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.PathHistory.Building;
using Monorepo.Storage;

namespace Monorepo.History.Paths;

/// <summary>
/// Keeps the path indexes of a server's repositories up with their logs: one builder at a time for each, in the background, started by
/// whoever appends or asks. Disposing stops them; the next start goes on from their last batch. Thread-safe.
/// </summary>
public sealed partial class PathIndexKeeper(ILogger<PathIndexKeeper> logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<RepositoryName, Run> _runs = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>To be called after commits were appended, and at the server's start. Returns at once.</summary>
    public void Start(IRepository repository) => _ = Join(repository);

    /// <summary>Returns when the index covers the log's positions below <paramref name="length"/>, which the log must have.</summary>
    /// <exception cref="StorageException">The store failed; the next call tries again.</exception>
    /// <exception cref="CorruptObjectException">The index can't go on past a damaged object.</exception>
    public async Task WaitAsync(IRepository repository, long length, CancellationToken cancellationToken)
    {
        while (await repository.Paths.GetLengthAsync(cancellationToken) < length)
        {
            await Join(repository).WaitAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_lock)
        {
            running = [.. _runs.Values.Select(r => r.Work)];
        }

        await Task.WhenAll(running);
        _stopping.Dispose();
    }

    /// <summary>Starts the repository's builder where none runs, and gives a task that ends with its next batch.</summary>
    private Task Join(IRepository repository)
    {
        lock (_lock)
        {
            if (_runs.TryGetValue(repository.Name, out Run? run))
            {
                run.IsWanted = true;
                return run.Batch.Task;
            }

            run = new Run();
            if (_stopping.IsCancellationRequested)
            {
                run.Batch.SetCanceled(_stopping.Token);
                return run.Batch.Task;
            }

            _runs.Add(repository.Name, run);
            run.Work = Task.Run(() => WorkAsync(repository, run));
            return run.Batch.Task;
        }
    }

    private async Task WorkAsync(IRepository repository, Run run)
    {
        Exception? failure = null;
        try
        {
            PathIndexBuilder builder = new(repository);
            do
            {
                run.IsWanted = false;
                PathIndexBuildResult result = await builder.CatchUpAsync(new BatchProgress(this, run), _stopping.Token);
                if (result.Commits > 0)
                {
                    LogCaughtUp(repository.Name.Value, result.Commits, result.Changes);
                }

                if (result.TreesMissing > 0)
                {
                    LogMissing(repository.Name.Value, result.TreesMissing);
                }
            }
            while (!TryEnd(repository.Name, run));
        }
        catch (Exception e) when (e is StorageException or CorruptObjectException or MalformedObjectException)
        {
            LogFailed(repository.Name.Value, e);
            failure = e;
        }
        catch (OperationCanceledException e)
        {
            failure = e;
        }
        finally
        {
            lock (_lock)
            {
                // Another run may have its place by now.
                if (_runs.TryGetValue(repository.Name, out Run? current) && current == run)
                {
                    _runs.Remove(repository.Name);
                }
            }

            Finish(run.Batch, failure);
        }
    }

    private bool TryEnd(RepositoryName name, Run run)
    {
        lock (_lock)
        {
            // Somebody appended while the last look at the log was already done.
            return !run.IsWanted && _runs.Remove(name);
        }
    }

    private void EndBatch(Run run)
    {
        TaskCompletionSource done;
        lock (_lock)
        {
            done = run.Batch;
            run.Batch = NewSource();
        }

        done.SetResult();
    }

    private static void Finish(TaskCompletionSource batch, Exception? failure)
    {
        switch (failure)
        {
            case null:
                batch.TrySetResult();
                break;
            case OperationCanceledException canceled:
                batch.TrySetCanceled(canceled.CancellationToken);
                break;
            default:
                batch.TrySetException(failure);
                // It is logged; nobody needs to wait for it.
                _ = batch.Task.Exception;
                break;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(EventId = 2301, Level = LogLevel.Information, Message = "The path index of {Repository} took in {Commits} commits with {Changes} changes")]
    private partial void LogCaughtUp(string repository, long commits, long changes);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Error, Message = "The path index of {Repository} can't go on; histories of paths there are not served")]
    private partial void LogFailed(string repository, Exception exception);

    [LoggerMessage(EventId = 2303, Level = LogLevel.Error, Message = "The store of {Repository} lacks {Trees} trees; the path index does not know what changed in them")]
    private partial void LogMissing(string repository, long trees);

    private sealed class Run
    {
        public TaskCompletionSource Batch { get; set; } = NewSource();

        public bool IsWanted { get; set; }

        public Task Work { get; set; } = Task.CompletedTask;
    }

    private sealed class BatchProgress(PathIndexKeeper keeper, Run run) : IProgress<long>
    {
        public void Report(long value) => keeper.EndBatch(run);
    }
}
