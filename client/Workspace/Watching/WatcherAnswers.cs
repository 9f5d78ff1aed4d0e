using System.Diagnostics;
using System.Globalization;
using Monorepo.Formats.Watching;
using Monorepo.Watcher;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Watching;

/// <summary>What a watcher knows, and the thread that keeps it ready. Thread-safe; one status is found at a time.</summary>
internal sealed class WatcherAnswers : IDisposable
{
    /// <summary>So many changes are looked at before anybody asks, so that the next question need not wait for it.</summary>
    private const int ChangesAhead = 1000;

    // A storm that goes on is looked at in such steps.
    private static readonly TimeSpan s_stormStep = TimeSpan.FromMilliseconds(100);

    private readonly WatcherPaths _paths;
    private readonly WatcherOptions _options;
    private readonly Action _end;
    private readonly WatchedFolder _folder;
    private readonly ReadyStatus? _status;
    private readonly object _gate = new();
    private readonly CancellationTokenSource _disposing = new();
    private readonly AutoResetEvent _work = new(initialState: false);
    private readonly Thread _keeping;
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private string _userIgnoreFile;
    private int _changes;
    private long _questions;
    private long _commands;
    private long _readyMs;

    /// <param name="paths">What to watch.</param>
    /// <param name="options">How.</param>
    /// <param name="end">Called when there is nothing to watch any more.</param>
    public WatcherAnswers(WatcherPaths paths, WatcherOptions options, Action end)
    {
        _paths = paths;
        _options = options;
        _end = end;
        _userIgnoreFile = options.UserIgnoreFile;
        _folder = new WatchedFolder(paths.Root, paths.Cookies, () => WatchedFolder.CreateSource(options.Source, paths.Root, paths.Cookies))
        {
            OnEnd = end,
            OnReset = () => _work.Set(),
            OnChange = () =>
            {
                if (Interlocked.Increment(ref _changes) == ChangesAhead)
                    _work.Set();
            },
        };
        _status = paths.OfClone is { } clone ? new ReadyStatus(clone, _folder) : null;
        _keeping = new Thread(Keep) { IsBackground = true, Name = "status" };
        _keeping.Start();
    }

    /// <summary>False: it is no question that is known here.</summary>
    /// <exception cref="WatchFormatException">The payload is not of that question.</exception>
    public bool Answer(WatchMessage message, ReadOnlySpan<byte> payload, WatchPayloadWriter output)
    {
        Interlocked.Increment(ref _questions);
        switch (message)
        {
            case WatchMessage.Status:
                FindStatus(WatchQuestion.Read(payload)).Write(output);
                return true;
            case WatchMessage.Changes:
                FindChanges(WatchQuestion.Read(payload)).Write(output);
                return true;
            case WatchMessage.Info:
                WatchQuestion.Read(payload);
                Describe().Write(output);
                return true;
            case WatchMessage.LoseEvents:
                WatchQuestion.Read(payload);
                _folder.LoseEvents();
                return true;
            case WatchMessage.Command when _options.RunCommand is { } run:
                CommandAnswer answer = run(CommandQuestion.Read(payload));
                Interlocked.Add(ref _commands, answer.Outcome == WatchOutcome.Done ? 1 : 0);
                answer.Write(output);
                return true;
            default:
                return false;
        }
    }

    public void Dispose()
    {
        _disposing.Cancel();
        _work.Set();
        _keeping.Join();
        lock (_gate)
        {
            _status?.Dispose();
        }

        _folder.Dispose();
        _work.Dispose();
        _disposing.Dispose();
    }

    private void Keep()
    {
        _folder.Start();
        while (!_disposing.IsCancellationRequested)
        {
            _work.WaitOne();
            if (_disposing.IsCancellationRequested)
                return;
            lock (_gate)
            {
                Interlocked.Exchange(ref _changes, 0);
                TryRefresh();
            }

            if (_readyMs == 0)
            {
                _readyMs = Math.Max(1, (long)Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds);

                // What the first look needed once: from here on little is.
                GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            _disposing.Token.WaitHandle.WaitOne(s_stormStep);
        }
    }

    private void TryRefresh()
    {
        try
        {
            if (_folder.Failure is null)
                _status?.Refresh(_userIgnoreFile, _disposing.Token);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException or CloneException or CorruptHistoryException)
        {
            // Whoever asks is told; what it was about is looked at again then.
        }
    }

    private StatusAnswer FindStatus(WatchQuestion question)
    {
        if (_status is null)
            return new StatusAnswer(WatchOutcome.Unavailable, "this watcher's folder is no clone");
        long deadline = Environment.TickCount64 + question.PatienceMs;
        if (!Monitor.TryEnter(_gate, question.PatienceMs))
            return new StatusAnswer(WatchOutcome.Unavailable, "the watcher is looking at the whole working copy");
        try
        {
            SyncOutcome outcome = _folder.Sync(TimeSpan.FromMilliseconds(Math.Max(0, deadline - Environment.TickCount64)));
            if (outcome != SyncOutcome.Done)
                return new StatusAnswer(WatchOutcome.Unavailable, Explain(outcome));
            _userIgnoreFile = question.Text;
            Interlocked.Exchange(ref _changes, 0);
            _status.Refresh(_userIgnoreFile, _disposing.Token);
            if (_status.HasTooManyUnreadable)
                return new StatusAnswer(WatchOutcome.Unavailable, "too many paths can't be read");
            (StatusHead head, bool isFinished) = _status.FindHead();
            return new StatusAnswer(isFinished ? WatchOutcome.Done : WatchOutcome.Unfinished, "")
            {
                Head = head,
                Entries = [.. _status.Entries.Select(static e => (e.Path, (byte)e.Code))],
                Unreadable = [.. _status.Unreadable.Select(static u => (u.Path, u.Operation, (int)u.Errno))],
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CloneException or CorruptHistoryException)
        {
            return new StatusAnswer(WatchOutcome.Unavailable, e.Message);
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    private ChangesAnswer FindChanges(WatchQuestion question)
    {
        SyncOutcome outcome = _folder.Sync(TimeSpan.FromMilliseconds(question.PatienceMs));
        if (outcome != SyncOutcome.Done)
            return new ChangesAnswer(WatchOutcome.Unavailable, Explain(outcome), "", IsEverything: true, []);
        ChangeSet changes = _folder.Since(WatchClock.TryParse(question.Text, out WatchClock clock) ? clock : WatchClock.None);
        return new ChangesAnswer(
            WatchOutcome.Done, "", changes.Now.ToString(), changes.IsEverything,
            [.. changes.Paths.Select(static p => (p.Path, p.IsDirectory switch { false => (byte)0, true => (byte)1, _ => (byte)2 }))]);
    }

    private InfoAnswer Describe()
    {
        return new InfoAnswer(Environment.ProcessId, _options.Version, _paths.Root, _folder.SourceName, _folder.Failure?.Message, _folder.LastLoss)
        {
            Watches = _folder.WatchCount,
            Restarts = _folder.Restarts,
            Questions = Interlocked.Read(ref _questions),
            Commands = Interlocked.Read(ref _commands),
            Scans = _status?.Scans ?? 0,
            Entries = _status?.Entries.Count ?? 0,
            MemoryBytes = ReadMemory(),
            UptimeMs = (long)Stopwatch.GetElapsedTime(_startedAt).TotalMilliseconds,
            ReadyMs = _readyMs,
        };
    }

    private string Explain(SyncOutcome outcome)
    {
        if (outcome != SyncOutcome.RootGone)
            return _folder.Failure?.Message ?? _folder.LastLoss ?? "the watcher can't watch";
        _end();
        return "the directory is not there any more, or is another one";
    }

    // Resident pages, the second figure of statm.
    private static long ReadMemory() =>
        long.TryParse(File.ReadAllText("/proc/self/statm").Split(' ')[1], NumberStyles.None, CultureInfo.InvariantCulture, out long pages) ? pages * Environment.SystemPageSize : 0;
}
