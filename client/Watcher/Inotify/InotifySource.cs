using Monorepo.Native.Posix;
using Monorepo.Watcher.Events;
using Queue = Monorepo.Native.Posix.Inotify;

namespace Monorepo.Watcher.Inotify;

/// <summary>
/// Linux's inotify, used directly. One thread reads the queue and keeps the watches, helped by others while the first ones are set; while many
/// directories wait to be listed the queue is read in between, so that it does not run over. Cookies wait until no directory waits.
/// </summary>
public sealed class InotifySource : IEventSource
{
    // A queue of 16,384 events (the usual limit) lasts for so many listings even when each meets a storm.
    private const int ListingsPerRead = 64;
    private const int ReadBytes = 64 << 10;

    // Setting a watch is the kernel's work and half of it is done under locks of its own.
    private const int StartThreadsMax = 4;

    private readonly byte[] _root;
    private readonly byte[] _cookieDirectory;
    private readonly List<byte[]> _cookies = [];
    private readonly List<byte[]> _appeared = [];
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly ListingScratch _scratch = new();
    private Queue? _queue;
    private FileDescriptor? _top;
    private WatchedTree? _tree;
    private IChangeSink? _sink;
    private Thread? _thread;
    private int _cookieWatch;
    private int _disposed;
    private volatile int _watchCount;

    /// <param name="root">The directory to watch.</param>
    /// <param name="cookieDirectory">Where cookies are made; anywhere on the machine.</param>
    public InotifySource(ReadOnlySpan<byte> root, ReadOnlySpan<byte> cookieDirectory)
    {
        _root = root.ToArray();
        _cookieDirectory = cookieDirectory.ToArray();
    }

    public string Name => "inotify";

    public int WatchCount => _watchCount;

    public void Start(IChangeSink sink, CancellationToken cancellationToken)
    {
        _sink = sink;
        Errno errno = Queue.Create(out _queue);
        if (errno == Errno.TooManyOpenFiles)
            throw WatchException.OfLimit(WatchLoss.InstanceLimit);
        try
        {
            errno.ThrowIfFailed("inotify_init1");
            PosixDirectory.Open(_root, OpenFlags.Directory, 0, out _top).ThrowIfFailed("open", _root);
            PosixDirectory.Open(_cookieDirectory, OpenFlags.Directory, 0, out FileDescriptor? cookies).ThrowIfFailed("open", _cookieDirectory);
            using (cookies)
            {
                errno = _queue!.Watch(cookies!, InotifyEvents.Create | InotifyEvents.DeleteSelf, out _cookieWatch);
                if (errno == Errno.NoSpace)
                    throw WatchException.OfLimit(WatchLoss.WatchLimit);
                errno.ThrowIfFailed("inotify_add_watch", _cookieDirectory);
            }

            _tree = new WatchedTree(_queue, _top!);
            _tree.Add(_tree.Top);
            if (!ListFirst(cancellationToken))
                throw new WatchException(WatchLoss.Overflow, "more happened than the system's queue holds while the watches were set");
        }
        catch (PosixException e)
        {
            throw new WatchException(WatchLoss.Failed, e.Message, e);
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "inotify" };
        _thread.Start();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _queue?.Stop();
        if (_thread != Thread.CurrentThread)
            _thread?.Join();
        _queue?.Dispose();
        _top?.Dispose();
    }

    private void Run()
    {
        try
        {
            while (_queue!.Wait() && Drain() && ListAll(CancellationToken.None))
            {
            }
        }
        catch (WatchException e)
        {
            _sink!.Lost(e.Loss, e.Message);
        }
        catch (Exception e) when (e is PosixException or ObjectDisposedException)
        {
            _sink!.Lost(WatchLoss.Failed, e.Message);
        }
    }

    // As ListAll, on all cores: the whole tree waits.
    private bool ListFirst(CancellationToken cancellationToken)
    {
        FirstListing listing = new(_tree!, () => Drain(), ListingsPerRead);
        return listing.Run(Math.Min(Environment.ProcessorCount, StartThreadsMax), cancellationToken) && ListAll(cancellationToken);
    }

    // False: the source has ended.
    private bool ListAll(CancellationToken cancellationToken)
    {
        for (int listed = 1; _tree!.ListNext(_scratch); listed++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (listed % ListingsPerRead == 0 && !Drain())
                return false;
        }

        _watchCount = _tree.WatchCount;

        // Once more: what happened in a new directory between its first mention and its watch is known to nobody yet.
        foreach (byte[] path in _appeared)
        {
            _sink!.Changed(path, isDirectory: true);
        }

        _appeared.Clear();
        foreach (byte[] cookie in _cookies)
        {
            _sink!.Cookie(cookie);
        }

        _cookies.Clear();
        return true;
    }

    private bool Drain()
    {
        lock (_tree!.Gate)
            return DrainGated();
    }

    private bool DrainGated()
    {
        int count;
        while ((count = _queue!.Read(_buffer)) > 0)
        {
            InotifyReader reader = new(_buffer.AsSpan(0, count));
            while (reader.MoveNext())
            {
                if (!Take(reader))
                    return false;
            }
        }

        return true;
    }

    private bool Take(InotifyReader reader)
    {
        InotifyEvents events = reader.Events;
        if ((events & InotifyEvents.Overflow) != InotifyEvents.None)
            return End(WatchLoss.Overflow, "more happened than the system's queue holds");
        if (reader.Watch == _cookieWatch)
        {
            if ((events & InotifyEvents.Create) != InotifyEvents.None)
                _cookies.Add(reader.Name.ToArray());
            return (events & (InotifyEvents.DeleteSelf | InotifyEvents.Ignored)) == InotifyEvents.None || End(WatchLoss.RootGone, "the state directory was removed");
        }

        DirectoryNode? directory = _tree!.Find(reader.Watch);
        if (directory is null)
            return true;
        if (directory == _tree.Top && (events & (InotifyEvents.DeleteSelf | InotifyEvents.MoveSelf | InotifyEvents.Unmount | InotifyEvents.Ignored)) != InotifyEvents.None)
            return End(WatchLoss.RootGone, "the directory was removed or renamed");
        if ((events & InotifyEvents.Ignored) != InotifyEvents.None)
            _tree.Forget(reader.Watch);
        else if (!reader.Name.IsEmpty && !WatchedTree.IsLeftOut(directory, reader.Name))
            Note(directory, reader.Name, events);
        return true;
    }

    private void Note(DirectoryNode parent, ReadOnlySpan<byte> name, InotifyEvents events)
    {
        bool isDirectory = (events & InotifyEvents.IsDirectory) != InotifyEvents.None && !parent.IsGitDirectory;
        if (isDirectory)
        {
            DirectoryNode? known = parent.Find(name);
            if ((events & (InotifyEvents.MovedFrom | InotifyEvents.Delete)) != InotifyEvents.None)
            {
                if (known is not null)
                    _tree!.Drop(known);
            }
            else if ((events & (InotifyEvents.MovedTo | InotifyEvents.Create)) != InotifyEvents.None)
            {
                // Whatever had the name before is gone, even where its end is not told.
                if (known is not null)
                    _tree!.Drop(known);
                Appear(parent.Enter(name));
            }
            else if (known is not null)
            {
                // Times and the like change often and say nothing of what is inside; the right to look inside does.
                bool wasAccessible = known.IsAccessible;
                known.IsAccessible = _tree!.TestAccess(known);
                if (wasAccessible && known.IsAccessible)
                    return;
                if (known.IsAccessible)
                    Appear(known);
            }
        }

        _sink!.Changed(_tree!.PathOf(parent, name), isDirectory);
    }

    private void Appear(DirectoryNode directory)
    {
        _tree!.Add(directory);
        _appeared.Add(_tree.PathOf(directory, default).ToArray());
    }

    private bool End(WatchLoss loss, string reason)
    {
        _sink!.Lost(loss, reason);
        return false;
    }
}
