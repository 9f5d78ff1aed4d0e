using System.Collections.Concurrent;
using System.Text;
using Monorepo.Watcher.Events;

namespace Monorepo.Watcher.Portable;

/// <summary>
/// <see cref="FileSystemWatcher"/>, which exists on every system, made complete. What it leaves out or gets wrong, and what is done about it:
/// <list type="bullet">
/// <item>It says nothing of what was in a new directory before its watch was, and of a moved one it may tell what happens inside under the old path, or not
/// at all. A directory that appeared is therefore doubtful from then on: before each cookie it counts as changed, with all below it. When there are too
/// many of them the source gives up, and a new one, to which they are no news, takes its place.</item>
/// <item>It loses events while a handler is at work: handlers only queue them for a thread of the source.</item>
/// </list>
/// What can't be mended: on Linux, directories renamed in quick succession end the runtime's own thread (dotnet/runtime issue 133420), at times by a stack
/// overflow and with it the process. Then a cookie stays away or the watcher is gone, and whoever asked scans.
/// The cookie directory must be in the watched one.
/// </summary>
public sealed class FileSystemWatcherSource(string root, string cookieDirectory) : IEventSource
{
    // It is only where the runtime's own buffer begins; the system's queue is what runs over.
    private const int BufferBytes = 64 << 10;

    private const int ListingAttemptsMax = 100;

    /// <summary>Each is looked through at every question.</summary>
    private const int DoubtfulMax = 256;

    private readonly string _prefix = Path.TrimEndingDirectorySeparator(root) + "/";
    private readonly string _cookiePrefix = Path.TrimEndingDirectorySeparator(cookieDirectory) + "/";
    private readonly BlockingCollection<Event> _events = [];
    private readonly HashSet<string> _doubtful = new(StringComparer.Ordinal);
    private FileSystemWatcher? _watcher;
    private IChangeSink? _sink;
    private Thread? _thread;
    private int _disposed;

    private enum EventKind
    {
        Appeared,
        Changed,
        Failed,
    }

    public string Name => "FileSystemWatcher";

    public int WatchCount => 0;

    public void Start(IChangeSink sink, CancellationToken cancellationToken)
    {
        if (!_cookiePrefix.StartsWith(_prefix, StringComparison.Ordinal))
            throw new WatchException(WatchLoss.Failed, $"the state directory '{cookieDirectory}' is not in '{root}', which FileSystemWatcher needs");
        _sink = sink;
        try
        {
            _watcher = Watch();
            RefuseUnwatched(root, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _watcher?.Dispose();
            throw new WatchException(WatchLoss.Failed, e.Message, e);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "file events" };
        _thread.Start();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _events.CompleteAdding();
        if (_thread != Thread.CurrentThread)
            _thread?.Join();
        _watcher?.Dispose();
        _events.Dispose();
    }

    // It is silent about directories that it may not open, or whose names it can't say, and does not come back to them.
    private static void RefuseUnwatched(string directory, CancellationToken cancellationToken)
    {
        EnumerationOptions all = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };
        for (int attempt = 0; attempt < ListingAttemptsMax; attempt++)
        {
            try
            {
                foreach (string inside in Directory.EnumerateDirectories(directory, "*", all))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (inside.Contains('\uFFFD', StringComparison.Ordinal))
                        throw new WatchException(WatchLoss.Failed, "a directory's name is not UTF-8, which FileSystemWatcher can't watch");
                }

                return;
            }
            catch (DirectoryNotFoundException) when (!Directory.Exists(directory))
            {
                return;
            }
            catch (DirectoryNotFoundException)
            {
                // One further down went away while it was listed: once more.
            }
        }

        throw new WatchException(WatchLoss.Overflow, "directories come and go faster than they can be listed");
    }

    private FileSystemWatcher Watch()
    {
        FileSystemWatcher watcher = new(root)
        {
            IncludeSubdirectories = true,
            InternalBufferSize = BufferBytes,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Attributes | NotifyFilters.Size | NotifyFilters.Security,
        };
        watcher.Created += (_, e) => Queue(new Event(EventKind.Appeared, e.FullPath));
        watcher.Changed += (_, e) => Queue(new Event(EventKind.Changed, e.FullPath));
        watcher.Deleted += (_, e) => Queue(new Event(EventKind.Changed, e.FullPath));
        watcher.Renamed += (_, e) =>
        {
            Queue(new Event(EventKind.Changed, e.OldFullPath));
            Queue(new Event(EventKind.Appeared, e.FullPath));
        };
        watcher.Error += (_, e) => Queue(new Event(EventKind.Failed, "", e.GetException()));
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void Queue(Event happened)
    {
        try
        {
            _events.Add(happened);
        }
        catch (InvalidOperationException)
        {
            // The source has ended.
        }
    }

    private void Run()
    {
        try
        {
            foreach (Event happened in _events.GetConsumingEnumerable())
            {
                if (happened.Kind == EventKind.Failed)
                {
                    Lose(happened.Error!);
                    return;
                }

                Take(happened);
            }
        }
        catch (WatchException e)
        {
            _sink!.Lost(e.Loss, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _sink!.Lost(WatchLoss.Failed, e.Message);
        }
    }

    private void Take(Event happened)
    {
        string path = happened.Path;
        if (path.StartsWith(_cookiePrefix, StringComparison.Ordinal))
        {
            if (happened.Kind == EventKind.Appeared)
                TakeCookie(path[_cookiePrefix.Length..]);
            return;
        }

        if (!path.StartsWith(_prefix, StringComparison.Ordinal))
            return;
        string relative = path[_prefix.Length..];
        if (relative is ".git" or ".mr" || relative.StartsWith(".git/", StringComparison.Ordinal) || relative.StartsWith(".mr/", StringComparison.Ordinal))
            return;
        if (happened.Kind == EventKind.Appeared)
            TakeNew(path, relative);
        Tell(relative);
    }

    private void TakeNew(string path, string relative)
    {
        // What it is called only its directory knows.
        bool isUndecodable = relative.Contains('\uFFFD', StringComparison.Ordinal);
        string seen = isUndecodable ? Path.GetDirectoryName(path)! : path;
        if (!Directory.Exists(seen))
            return;
        RefuseUnwatched(seen, CancellationToken.None);
        if (isUndecodable || IsDoubtful(relative))
            return;
        if (_doubtful.Count == DoubtfulMax)
            throw new WatchException(WatchLoss.Overflow, $"more than {DoubtfulMax} directories are new, in which FileSystemWatcher may miss changes");
        _doubtful.Add(relative);
    }

    private bool IsDoubtful(string relative)
    {
        for (string? at = relative; !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at))
        {
            if (_doubtful.Contains(at))
                return true;
        }

        return false;
    }

    private void TakeCookie(string name)
    {
        foreach (string doubtful in _doubtful)
        {
            Tell(doubtful);
        }

        _sink!.Cookie(Encoding.UTF8.GetBytes(name));
    }

    private void Tell(string relative)
    {
        // Bytes that are no UTF-8 came as replacements: which name it was only the directory knows.
        while (relative.Contains('\uFFFD', StringComparison.Ordinal))
        {
            relative = Path.GetDirectoryName(relative) ?? "";
        }

        _sink!.Changed(Encoding.UTF8.GetBytes(relative), isDirectory: null);
    }

    private void Lose(Exception error)
    {
        if (error is InternalBufferOverflowException)
            _sink!.Lost(WatchLoss.Overflow, error.Message);
        else if (error.Message.Contains("max_user_watches", StringComparison.Ordinal))
            _sink!.Lost(WatchLoss.WatchLimit, WatchException.OfLimit(WatchLoss.WatchLimit).Message);
        else
            _sink!.Lost(WatchLoss.Failed, error.Message);
    }

    private readonly record struct Event(EventKind Kind, string Path, Exception? Error = null);
}
