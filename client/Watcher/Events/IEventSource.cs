namespace Monorepo.Watcher.Events;

/// <summary>
/// Tells what changes below a directory. What is promised: whatever happened in the file system before a cookie file was created is told to the
/// sink before that cookie is; or <see cref="IChangeSink.Lost"/> is called. After <see cref="Start"/> nothing is ever missed in silence.
/// </summary>
public interface IEventSource : IDisposable
{
    /// <summary>For people.</summary>
    string Name { get; }

    /// <summary>Directories watched now; 0: not known.</summary>
    int WatchCount { get; }

    /// <summary>Watches every directory, then returns. What changed until then is told or not: the caller takes everything as changed.</summary>
    /// <param name="sink">Called from the source's own thread from now on, one call at a time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WatchException">The system does not let it watch; the source is of no use.</exception>
    void Start(IChangeSink sink, CancellationToken cancellationToken);
}

/// <summary>Takes what a source tells. It only notes it down: a slow sink makes the system lose events.</summary>
public interface IChangeSink
{
    /// <summary>A path may have changed, and everything below it.</summary>
    /// <param name="path">Relative to the watched directory, without a slash at its end; valid for the call.</param>
    /// <param name="isDirectory">Whether it is or was one; null: not known.</param>
    void Changed(ReadOnlySpan<byte> path, bool? isDirectory);

    /// <summary>A file was created in the cookie directory, and everything before it was told.</summary>
    void Cookie(ReadOnlySpan<byte> name);

    /// <summary>Events may have been lost: the last call of a source, which is to be replaced by a new one.</summary>
    void Lost(WatchLoss loss, string reason);
}

/// <summary>Why a source can't go on.</summary>
public enum WatchLoss
{
    /// <summary>More happened than the system's queue holds. A new source sees again.</summary>
    Overflow,

    /// <summary>The watched directory was removed, renamed or unmounted.</summary>
    RootGone,

    /// <summary>The system allows the user no more watches.</summary>
    WatchLimit,

    /// <summary>The system allows the user no more event queues.</summary>
    InstanceLimit,

    /// <summary>Anything else.</summary>
    Failed,
}
