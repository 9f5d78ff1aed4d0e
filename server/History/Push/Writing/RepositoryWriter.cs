using Monorepo.Formats.Protos;
using Monorepo.History.Push.Closure;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Writing;

/// <summary>
/// The one writer of a repository's pushes. Those that come while a group is being written form the next group, so the price of durability
/// is shared by as many as wait for it. Thread-safe. Runs only while there is something to do.
/// </summary>
internal sealed class RepositoryWriter(IRepository repository, PushMetrics metrics)
{
    /// <summary>Pushes waiting; more are told to come again.</summary>
    public const int QueueMax = 4_096;

    /// <summary>Pushes and their commits written together.</summary>
    private const int GroupPushesMax = 128;

    /// <summary>Times other writers (imports) may change log or refs under a group before it is given up.</summary>
    private const int AttemptsMax = 16;

    private readonly Lock _lock = new();
    private readonly Queue<PendingPush> _queue = new();

    // Used by the one group that is being written.
    private readonly BranchWindows _windows = new();
    private readonly TreeCache _trees = new();
    private bool _isRunning;

    /// <summary>Decides and writes a push after those that came before it.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: the queue is full. ABORTED: other writers were always first.</exception>
    public Task<PushResponse> SubmitAsync(CheckedPush push, bool isDryRun, CancellationToken cancellationToken)
    {
        PendingPush pending = new(push, isDryRun, cancellationToken);
        lock (_lock)
        {
            if (_queue.Count == QueueMax)
            {
                throw new RpcException(RpcStatusCode.ResourceExhausted, $"{QueueMax} pushes wait for this repository already; push again later.");
            }

            _queue.Enqueue(pending);
            metrics.Queued(1);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(DrainAsync, CancellationToken.None);
            }
        }

        return pending.Response;
    }

    private async Task DrainAsync()
    {
        while (Take() is { Count: > 0 } group)
        {
            metrics.Grouped(group.Count);
            try
            {
                await WriteAsync(group);
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the calls that wait for it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _windows.Clear();
                group.ForEach(p => p.Fail(e));
            }
        }
    }

    private List<PendingPush> Take()
    {
        lock (_lock)
        {
            List<PendingPush> group = [];
            int commits = 0;
            while (group.Count < GroupPushesMax && _queue.TryPeek(out PendingPush? next)
                && (group.Count == 0 || commits + next.Push.Commits.Count <= IHistoryLog.EntriesMax))
            {
                commits += next.Push.Commits.Count;
                group.Add(_queue.Dequeue());
            }

            metrics.Queued(-group.Count);
            _isRunning = group.Count > 0;
            return group;
        }
    }

    private async Task WriteAsync(List<PendingPush> group)
    {
        foreach (PendingPush gone in group.Where(p => p.IsAbandoned))
        {
            gone.Abandon();
        }

        List<PendingPush> open = group.FindAll(p => !p.IsAbandoned);
        for (int attempt = 0; open.Count > 0 && attempt < AttemptsMax; attempt++)
        {
            open = await TryWriteAsync(open);
        }

        open.ForEach(p => p.Fail(new RpcException(RpcStatusCode.Aborted, $"other writers changed the repository {AttemptsMax} times in a row; push again.")));
    }

    /// <returns>Pushes to decide again, because somebody else wrote meanwhile.</returns>
    private async Task<List<PendingPush>> TryWriteAsync(List<PendingPush> pushes)
    {
        // Once begun a group is finished: a client that goes away must not undo what others wait for.
        CancellationToken cancellationToken = CancellationToken.None;
        GroupView view = await GroupView.OpenAsync(repository, pushes, _trees, cancellationToken);
        List<(PendingPush Pending, PushDecision Decision)> decided = [];
        foreach (PendingPush pending in pushes)
        {
            try
            {
                PushDecision decision = await new PushDecider(view, _windows, pending).DecideAsync(cancellationToken);
                view.Apply(decision, pending.Push);
                await _windows.ApplyAsync(decision, view.Graph, cancellationToken);
                decided.Add((pending, decision));
            }
            catch (RpcException e)
            {
                _windows.Clear();
                pending.Fail(e);
            }
        }

        List<(PendingPush Pending, PushDecision Decision)> writing = decided.FindAll(d => d.Decision.Changes.Count > 0);
        long offset = view.Offset;
        HashSet<PendingPush> again = [];
        if (writing.Count > 0)
        {
            if (await GroupWriter.WriteAsync(repository, view, writing, cancellationToken) is not { } results)
            {
                _windows.Clear();
                return [.. decided.Select(d => d.Pending)];
            }

            for (int i = 0; i < writing.Count; i++)
            {
                if (!results[i].IsAccepted)
                {
                    again.Add(writing[i].Pending);
                    continue;
                }

                offset = results[i].Offset;
                writing[i].Pending.Finish(writing[i].Decision.ToMessage(offset));
            }
        }

        if (again.Count > 0)
        {
            _windows.Clear();
        }

        // Those who change nothing were answered by a state that is there now, unless one of the writers missed.
        foreach ((PendingPush pending, PushDecision decision) in decided.Where(d => d.Decision.Changes.Count == 0))
        {
            if (again.Count > 0)
            {
                again.Add(pending);
            }
            else
            {
                pending.Finish(decision.ToMessage(offset));
            }
        }

        return pushes.FindAll(again.Contains);
    }
}
