using System.Runtime.ExceptionServices;

namespace Monorepo.Watcher.Inotify;

/// <summary>Watches and lists a whole tree by several threads, each of which reads the queue now and then.</summary>
/// <param name="tree">Its top waits to be listed.</param>
/// <param name="drain">Reads the queue; false: the source has ended.</param>
/// <param name="listingsPerRead">How often.</param>
internal sealed class FirstListing(WatchedTree tree, Func<bool> drain, int listingsPerRead)
{
    private readonly object _gate = new();
    private int _busy;
    private volatile int _waiting;
    private volatile bool _isOver;
    private bool _isEnded;
    private ExceptionDispatchInfo? _failure;

    /// <returns>False: the source has ended.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="Exception">As <see cref="WatchedTree.ListNext"/>.</exception>
    public bool Run(int threads, CancellationToken cancellationToken)
    {
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => Work(cancellationToken));
        _failure?.Throw();
        return !_isEnded;
    }

    private void Work(CancellationToken cancellationToken)
    {
        ListingScratch scratch = new();
        try
        {
            Begin();
            for (int listed = 1; !_isOver; listed++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!tree.ListNext(scratch))
                    WaitForMore();
                else if (listed % listingsPerRead == 0 && !drain())
                    Stop(null);
                else
                    TellOfMore();
            }
        }
        catch (Exception e)
        {
            Stop(ExceptionDispatchInfo.Capture(e));
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _busy++;
        }
    }

    // Whoever begins to wait meanwhile is told after the next listing.
    private void TellOfMore()
    {
        if (_waiting == 0)
            return;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    // Those who are at work may find more; when nobody is, nothing is left.
    private void WaitForMore()
    {
        lock (_gate)
        {
            _busy--;
            _isOver |= _busy == 0;
            if (_isOver)
            {
                Monitor.PulseAll(_gate);
            }
            else
            {
                _waiting++;
                Monitor.Wait(_gate);
                _waiting--;
            }

            _busy++;
        }
    }

    private void Stop(ExceptionDispatchInfo? failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            _isEnded |= failure is null;
            _isOver = true;
            Monitor.PulseAll(_gate);
        }
    }
}
