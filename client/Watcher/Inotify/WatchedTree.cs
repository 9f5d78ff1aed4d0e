using Monorepo.Native.Posix;
using Monorepo.Watcher.Events;
using Queue = Monorepo.Native.Posix.Inotify;

namespace Monorepo.Watcher.Inotify;

/// <summary>
/// Which directories are watched, by the kernel's numbers and by their place. A directory is watched first and listed then, so that one made
/// meanwhile is seen twice and never not at all. Directories wait to be listed in <see cref="ListNext"/>, so that the queue can be read in
/// between. Repository folders are left out: the top's altogether, those further down but for the names in ".git" itself. Several threads may call
/// <see cref="ListNext"/>; whoever calls anything else meanwhile holds <see cref="Gate"/>.
/// </summary>
internal sealed class WatchedTree(Queue queue, FileDescriptor top)
{
    // A directory's name and its "."; one more for each directory in it, where the file system counts them.
    private const ulong LinksOfLeaf = 2;

    private const InotifyEvents Wanted = InotifyEvents.Modify | InotifyEvents.Attributes | InotifyEvents.CloseWrite | InotifyEvents.MovedFrom
        | InotifyEvents.MovedTo | InotifyEvents.Create | InotifyEvents.Delete;

    private readonly Dictionary<int, DirectoryNode> _byWatch = [];
    private readonly Stack<DirectoryNode> _unlisted = [];
    private readonly ulong? _countingDevice = PosixDirectory.CountsSubdirectories(top) ? PosixFile.GetStatus(top).Device : null;
    private byte[] _path = new byte[512];

    /// <summary>Held while nodes and watches change: a watch is set and known to be a directory's in one step, so that no event of it is a stranger's.</summary>
    public Lock Gate { get; } = new();

    public DirectoryNode Top { get; } = new(null, []);

    public int WatchCount => _byWatch.Count;

    public DirectoryNode? Find(int watch) => _byWatch.GetValueOrDefault(watch);

    /// <summary>The path of a name in a directory; valid until the next call on the tree.</summary>
    public ReadOnlySpan<byte> PathOf(DirectoryNode directory, ReadOnlySpan<byte> name)
    {
        int length = directory.WritePath(ref _path, name.Length + 1);
        if (name.IsEmpty)
            return _path.AsSpan(0, length);
        if (length > 0)
            _path[length++] = (byte)'/';
        name.CopyTo(_path.AsSpan(length));
        return _path.AsSpan(0, length + name.Length);
    }

    /// <summary>A directory that is to be watched, with all below it.</summary>
    public void Add(DirectoryNode directory) => _unlisted.Push(directory);

    /// <summary>A directory is gone from its place, with all below it.</summary>
    public void Drop(DirectoryNode directory)
    {
        directory.Drop();
        Stack<DirectoryNode> rest = new([directory]);
        while (rest.TryPop(out DirectoryNode? node))
        {
            Unwatch(node);
            foreach (DirectoryNode child in node.Children)
            {
                rest.Push(child);
            }
        }
    }

    /// <summary>The kernel ended a watch by itself.</summary>
    public void Forget(int watch)
    {
        if (_byWatch.Remove(watch, out DirectoryNode? node))
            node.Watch = DirectoryNode.None;
    }

    /// <summary>Whether a directory that is known may be listed and entered now.</summary>
    public bool TestAccess(DirectoryNode directory)
    {
        if (PosixDirectory.OpenBeneath(top, PathOrDot(directory), OpenFlags.Directory, out FileDescriptor? opened) != Errno.None)
            return false;
        using (opened)
            return TryLookInside(opened!, out _);
    }

    /// <summary>Watches and lists one directory that waits for it. The listing itself needs no gate.</summary>
    /// <param name="scratch">The thread's own. It keeps the next directory for the next call, so that a leaf costs one passage through the gate.</param>
    /// <returns>False: none waits, which another thread's listing may change.</returns>
    /// <exception cref="WatchException">The system allows no more watches.</exception>
    /// <exception cref="PosixException">The system failed in a way that leaves changes unseen.</exception>
    public bool ListNext(ListingScratch scratch)
    {
        if (scratch.Node is null)
        {
            lock (Gate)
                TakeUnlisted(scratch);
        }

        if (scratch.Node is not { } node)
            return false;
        Errno errno = PosixDirectory.OpenBeneath(top, scratch.Path, OpenFlags.Directory, out FileDescriptor? directory);
        using (directory)
        {
            bool isWatched;
            lock (Gate)
            {
                isWatched = TryWatch(node, errno, directory, scratch.Path);
                TakeUnlisted(scratch);
            }

            if (isWatched)
                List(node, directory!, scratch);
        }

        return true;
    }

    private void TakeUnlisted(ListingScratch scratch)
    {
        DirectoryNode? node;
        do
        {
            if (!_unlisted.TryPop(out node))
            {
                scratch.Forget();
                return;
            }
        }
        while (IsCutOff(node));
        scratch.Take(node, PathOrDot(node));
    }

    // After the watch was set: a directory that is made from now on is told, and so is a right that is taken or given.
    private void List(DirectoryNode node, FileDescriptor directory, ListingScratch scratch)
    {
        if (!TryLookInside(directory, out FileStatus status))
        {
            lock (Gate)
            {
                node.IsAccessible = TestAccess(node);
                if (node.IsAccessible)
                    Add(node);
            }

            return;
        }

        bool isLeaf = status.Links == LinksOfLeaf && status.Device == _countingDevice;
        if (isLeaf || node.IsGitDirectory)
            return;
        scratch.List(directory, node);
        lock (Gate)
        {
            foreach (byte[] name in scratch.Names)
            {
                Add(node.Enter(name));
            }
        }
    }

    // Whether it is to be looked into.
    private bool TryWatch(DirectoryNode node, Errno errno, FileDescriptor? directory, ReadOnlySpan<byte> path)
    {
        // Dropped since it was taken: what is there now, if anything, waits under a node of its own.
        if (IsCutOff(node))
            return false;
        if (errno is Errno.NoEntry or Errno.NotDirectory or Errno.SymlinkLoop)
        {
            // What took it away is in the queue.
            Drop(node);
            return false;
        }

        if (errno is Errno.AccessDenied or Errno.NotPermitted)
        {
            // When it may be opened its parent's watch tells.
            Unwatch(node);
            node.IsAccessible = false;
            return false;
        }

        errno.ThrowIfFailed("openat2", path);
        return Watch(node, directory!);
    }

    // Only who may search it finds its ".".
    private static bool TryLookInside(FileDescriptor directory, out FileStatus status) => PosixDirectory.GetStatus(directory, "."u8, out status) == Errno.None;

    private bool IsCutOff(DirectoryNode node)
    {
        DirectoryNode at = node;
        while (at.Parent is not null)
        {
            at = at.Parent;
        }

        return at != Top;
    }

    private ReadOnlySpan<byte> PathOrDot(DirectoryNode node) => node == Top ? "."u8 : PathOf(node, default);

    private bool Watch(DirectoryNode node, FileDescriptor directory)
    {
        InotifyEvents events = node == Top ? Wanted | InotifyEvents.DeleteSelf | InotifyEvents.MoveSelf : Wanted;
        Errno errno = queue.Watch(directory, events, out int watch);
        if (errno == Errno.NoSpace)
            throw WatchException.OfLimit(WatchLoss.WatchLimit);
        if (errno is Errno.AccessDenied or Errno.NoEntry)
        {
            node.IsAccessible = false;
            return false;
        }

        errno.ThrowIfFailed("inotify_add_watch", PathOf(node, default));

        node.IsAccessible = true;
        if (watch == node.Watch)
            return true;
        Unwatch(node);
        if (_byWatch.TryGetValue(watch, out DirectoryNode? old))
            TakeOver(old, directory);
        _byWatch[watch] = node;
        node.Watch = watch;
        return true;
    }

    // The kernel knows this directory from another place: it was moved, and what is still in the queue will say so.
    private void TakeOver(DirectoryNode old, FileDescriptor directory)
    {
        old.Watch = DirectoryNode.None;
        if (IsCutOff(old) || PosixDirectory.OpenBeneath(top, PathOrDot(old), OpenFlags.Directory, out FileDescriptor? there) != Errno.None)
            return;
        using (there)
        {
            FileStatus one = PosixFile.GetStatus(there!);
            FileStatus other = PosixFile.GetStatus(directory);
            if (one.Inode == other.Inode && one.Device == other.Device)
                throw new WatchException(WatchLoss.Failed, "a directory is mounted at two places of the tree; its changes can't be told apart");
        }
    }

    /// <summary>Whether nothing is told of a name in a directory.</summary>
    public static bool IsLeftOut(DirectoryNode directory, ReadOnlySpan<byte> name) => directory switch
    {
        { Parent: null } => name.SequenceEqual(".git"u8) || name.SequenceEqual(".mr"u8),

        // HEAD makes it a repository; no folder in it matters.
        { IsGitDirectory: true } => !name.SequenceEqual("HEAD"u8),
        _ => false,
    };

    private void Unwatch(DirectoryNode node)
    {
        if (node.Watch == DirectoryNode.None)
            return;
        queue.Unwatch(node.Watch);
        _byWatch.Remove(node.Watch);
        node.Watch = DirectoryNode.None;
    }
}
