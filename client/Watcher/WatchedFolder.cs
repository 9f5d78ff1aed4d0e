using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Watcher.Events;
using Monorepo.Watcher.Inotify;
using Monorepo.Watcher.Portable;

namespace Monorepo.Watcher;

/// <summary>Where events come from.</summary>
public enum EventSourceKind
{
    Inotify,
    FileSystemWatcher,
}

/// <summary>What a synchronization came to.</summary>
public enum SyncOutcome
{
    /// <summary>All that happened before is in the journal.</summary>
    Done,

    /// <summary>The directory is not there any more, or is another one: this watcher is at its end.</summary>
    RootGone,

    /// <summary>The system does not let it watch, or did not answer; <see cref="WatchedFolder.Failure"/> says more. It may work later.</summary>
    Unavailable,
}

/// <summary>
/// A directory whose changes are known. Ask in this order: <see cref="Sync"/>, then <see cref="Since"/>, then look at what may have changed.
/// When events are lost, the source is replaced by a new one and everything counts as changed. Thread-safe.
/// </summary>
public sealed class WatchedFolder : IDisposable
{
    /// <summary>A cookie takes 0.03 ms on an idle machine; an overflow may swallow it.</summary>
    private static readonly TimeSpan s_cookieTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A system that had no watches left is asked again after this.</summary>
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(60);

    private const int CookieAttemptsMax = 3;

    private readonly byte[] _root;
    private readonly string _cookieDirectory;
    private readonly Func<IEventSource> _createSource;
    private readonly FileStatus _identity;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TaskCompletionSource<bool>> _cookies = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _disposing = new();
    private Generation? _generation;
    private Task _ready = Task.CompletedTask;
    private long _failedAt;
    private long _cookieNumber;

    /// <param name="root">The directory to watch; absolute.</param>
    /// <param name="cookieDirectory">An empty directory of the caller's, which alone uses it.</param>
    /// <param name="createSource">Makes a source that was not started; called again when one is lost.</param>
    /// <exception cref="PosixException">The directory is not there.</exception>
    public WatchedFolder(string root, string cookieDirectory, Func<IEventSource> createSource)
    {
        _root = Encoding.UTF8.GetBytes(root);
        _cookieDirectory = cookieDirectory;
        _createSource = createSource;
        Errno errno = TryIdentify(out _identity);
        errno.ThrowIfFailed("stat", _root);
        Journal = new ChangeJournal((ulong)Random.Shared.NextInt64(1, long.MaxValue));
    }

    public ChangeJournal Journal { get; }

    /// <summary>Told after each change, from the source's thread; must return at once.</summary>
    public Action? OnChange { get; set; }

    /// <summary>Told after a source has begun, or failed to: everything counts as changed.</summary>
    public Action? OnReset { get; set; }

    /// <summary>Told when the directory is gone.</summary>
    public Action? OnEnd { get; set; }

    /// <summary>Why it does not watch now; null: it does.</summary>
    public WatchException? Failure { get; private set; }

    /// <summary>How often a source was lost and replaced.</summary>
    public int Restarts { get; private set; }

    /// <summary>The last reason of a restart.</summary>
    public string? LastLoss { get; private set; }

    public int WatchCount => _generation?.Source.WatchCount ?? 0;

    public string SourceName => _generation?.Source.Name ?? "none";

    public static IEventSource CreateSource(EventSourceKind kind, string root, string cookieDirectory) => kind switch
    {
        EventSourceKind.FileSystemWatcher => new FileSystemWatcherSource(root, cookieDirectory),
        _ => new InotifySource(Encoding.UTF8.GetBytes(root), Encoding.UTF8.GetBytes(cookieDirectory)),
    };

    /// <summary>Sets the watches; returns when all are there or it failed.</summary>
    public void Start() => Replace(null, null).Wait();

    /// <summary>Whether the directory is still the one that was to be watched.</summary>
    public bool IsRootThere() => TryIdentify(out FileStatus now) == Errno.None && now.Inode == _identity.Inode && now.Device == _identity.Device;

    /// <summary>Waits until all that has happened in the directory so far is in the journal.</summary>
    /// <param name="timeout">At most this long, also where the watches have to be set anew.</param>
    public SyncOutcome Sync(TimeSpan timeout)
    {
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        for (int attempt = 0; attempt < CookieAttemptsMax; attempt++)
        {
            if (!IsRootThere())
                return SyncOutcome.RootGone;
            if (!Current().Wait(Left(deadline)))
                return Unavailable("setting the watches takes longer than the question may");
            Generation? generation = _generation;
            if (Failure is { } failure)
                return failure.Loss == WatchLoss.RootGone ? SyncOutcome.RootGone : SyncOutcome.Unavailable;
            if (generation is null)
                continue;
            if (TryCookie(generation, TimeSpan.FromMilliseconds(Math.Min(Left(deadline), s_cookieTimeout.TotalMilliseconds))) is { } outcome)
                return outcome;
        }

        return Unavailable("the system tells of no changes, not even the watcher's own");
    }

    public ChangeSet Since(WatchClock since) => Journal.Since(since);

    /// <summary>Acts as if the system's queue had run over.</summary>
    public void LoseEvents() => _generation?.Lost(WatchLoss.Overflow, "asked to");

    public void Dispose()
    {
        _disposing.Cancel();
        Task ready;
        lock (_lock)
        {
            ready = _ready;
        }

        ready.Wait();
        _generation?.Source.Dispose();
        _generation = null;
        _disposing.Dispose();
    }

    private static int Left(long deadline) => (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);

    private SyncOutcome Unavailable(string reason)
    {
        LastLoss = reason;
        return SyncOutcome.Unavailable;
    }

    private Errno TryIdentify(out FileStatus status)
    {
        status = default;
        Errno errno = PosixDirectory.Open(_root, OpenFlags.Directory, 0, out FileDescriptor? directory);
        if (errno != Errno.None)
            return errno;
        using (directory)
        {
            status = PosixFile.GetStatus(directory!);
        }

        return Errno.None;
    }

    // Null: try again.
    private SyncOutcome? TryCookie(Generation generation, TimeSpan timeout)
    {
        string name = $"cookie-{Environment.ProcessId}-{Interlocked.Increment(ref _cookieNumber)}";
        TaskCompletionSource<bool> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _cookies.Add(name, seen);
        }

        try
        {
            string path = Path.Combine(_cookieDirectory, name);
            using (File.OpenHandle(path, System.IO.FileMode.CreateNew, FileAccess.Write))
            {
            }

            File.Delete(path);
            if (seen.Task.Wait(timeout))
                return seen.Task.Result ? SyncOutcome.Done : null;
            generation.Lost(WatchLoss.Overflow, "a cookie was not seen");
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return SyncOutcome.RootGone;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unavailable(e.Message);
        }
        finally
        {
            lock (_lock)
            {
                _cookies.Remove(name);
            }
        }
    }

    // The running or finished start of the newest source; a failed one is tried again after a while.
    private Task Current()
    {
        lock (_lock)
        {
            if (Failure is { Loss: not WatchLoss.RootGone } && _ready.IsCompleted && Environment.TickCount64 - _failedAt > s_retryAfter.TotalMilliseconds)
                _ = Replace(_generation, null);
            return _ready;
        }
    }

    private Task Replace(Generation? lost, string? reason)
    {
        lock (_lock)
        {
            if (lost != _generation || _disposing.IsCancellationRequested)
                return _ready;
            if (reason is not null)
            {
                Restarts++;
                LastLoss = reason;
            }

            _generation = null;

            // Whoever waits for a cookie of the lost source asks the next.
            foreach (TaskCompletionSource<bool> waiting in _cookies.Values)
            {
                waiting.TrySetResult(false);
            }

            return _ready = Task.Factory.StartNew(() => Begin(lost), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    private void Begin(Generation? lost)
    {
        lost?.Source.Dispose();
        IEventSource source = _createSource();
        Generation generation = new(this, source);
        WatchException? failure = null;
        for (int attempt = 0; attempt < CookieAttemptsMax; attempt++)
        {
            try
            {
                source.Start(generation, _disposing.Token);
                failure = null;
                break;
            }
            catch (OperationCanceledException)
            {
                failure = new WatchException(WatchLoss.Failed, "the watcher ends");
                break;
            }
            catch (WatchException e)
            {
                failure = e;
                source.Dispose();
                if (e.Loss != WatchLoss.Overflow)
                    break;
                source = _createSource();
                generation = new Generation(this, source);
            }
        }

        lock (_lock)
        {
            Failure = failure;
            _failedAt = Environment.TickCount64;
            Journal.Reset();
            if (failure is null && !generation.IsLost)
                _generation = generation;
        }

        if (failure is not null)
            source.Dispose();
        else if (generation.IsLost)
            ReplaceUnseen(generation);
        OnReset?.Invoke();
    }

    // It was lost before it was in place.
    private void ReplaceUnseen(Generation generation)
    {
        lock (_lock)
        {
            _generation = generation;
        }

        _ = Replace(generation, "lost while it started");
    }

    // A new source would fail as well, for a while or for good.
    private void Fail(Generation generation, WatchException failure)
    {
        lock (_lock)
        {
            if (generation != _generation)
                return;
            Failure = failure;
            _failedAt = Environment.TickCount64;
            Journal.Reset();
        }

        if (failure.Loss == WatchLoss.RootGone)
            OnEnd?.Invoke();
    }

    /// <summary>One source's life. What a replaced one still says is not heard.</summary>
    private sealed class Generation(WatchedFolder folder, IEventSource source) : IChangeSink
    {
        public IEventSource Source { get; } = source;

        public bool IsLost { get; private set; }

        public void Changed(ReadOnlySpan<byte> path, bool? isDirectory)
        {
            folder.Journal.Add(path, isDirectory);
            folder.OnChange?.Invoke();
        }

        public void Cookie(ReadOnlySpan<byte> name)
        {
            lock (folder._lock)
            {
                if (folder._generation == this && folder._cookies.TryGetValue(Encoding.UTF8.GetString(name), out TaskCompletionSource<bool>? waiting))
                    waiting.TrySetResult(true);
            }
        }

        public void Lost(WatchLoss loss, string reason)
        {
            lock (folder._lock)
            {
                IsLost = true;
            }

            if (loss == WatchLoss.Overflow)
                _ = folder.Replace(this, reason);
            else
                folder.Fail(this, new WatchException(loss, reason));
        }
    }
}
