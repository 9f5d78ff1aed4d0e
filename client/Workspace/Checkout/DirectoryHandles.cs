using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// Keeps the directories open that were used last, so that the files of one cost one opening together, relative to the directory above. No link is followed. Thread-safe.
/// </summary>
internal sealed class DirectoryHandles(IWorkingFiles files, DirectoryTable table) : IDisposable
{
    /// <summary>More than the directories in which the workers are at a time.</summary>
    private const int OpenMax = 64;

    private readonly Lock _lock = new();
    private readonly Lock _makingRoom = new();
    private readonly Dictionary<int, Handle> _open = [];
    private long _clock;

    /// <summary>Null where it is not there, or is no directory.</summary>
    public Lease? TryOpen(int directory)
    {
        if (Find(directory) is { } found)
        {
            return found;
        }

        IWorkingDirectory? opened;
        if (directory == DirectoryTable.Top)
        {
            opened = files.OpenDirectory(default);
        }
        else
        {
            using Lease? parent = TryOpen(table.Parent(directory));
            opened = parent?.Directory.OpenDirectory(table.Name(directory));
        }

        return opened is null ? null : Keep(directory, opened);
    }

    /// <summary>Makes it, and those above it, where they are not there.</summary>
    /// <param name="directory">Its number.</param>
    /// <param name="force">Whether something else in its place goes.</param>
    /// <returns>Null where something else is in its place.</returns>
    public Lease? TryEnsure(int directory, bool force)
    {
        if (TryOpen(directory) is { } there)
        {
            return there;
        }

        if (directory == DirectoryTable.Top)
        {
            return null;
        }

        using (Lease? parent = TryEnsure(table.Parent(directory), force))
        {
            ReadOnlySpan<byte> name = table.Name(directory);
            if (parent is { } above && !above.Directory.CreateDirectory(name) && force)
            {
                // Several workers may come to write into it at once: one makes room, and the others find the directory then.
                lock (_makingRoom)
                {
                    if (above.Directory.GetStatus(name) is { Kind: not Native.Posix.FileKind.Directory })
                    {
                        above.Directory.Delete(name);
                        above.Directory.CreateDirectory(name);
                    }
                }
            }
        }

        return TryOpen(directory);
    }

    /// <summary>Forgets a directory that was removed: the next of its name is another. Nobody may be using it.</summary>
    public void Forget(int directory)
    {
        lock (_lock)
        {
            if (_open.Remove(directory, out Handle? gone))
            {
                gone.Directory.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (Handle handle in _open.Values)
        {
            handle.Directory.Dispose();
        }

        _open.Clear();
    }

    private Lease? Find(int directory)
    {
        lock (_lock)
        {
            return _open.TryGetValue(directory, out Handle? found) ? Use(found) : null;
        }
    }

    private Lease Keep(int directory, IWorkingDirectory opened)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(directory, out Handle? other))
            {
                opened.Dispose();
                return Use(other);
            }

            if (_open.Count >= OpenMax)
            {
                CloseOldest();
            }

            Handle handle = new(opened);
            _open.Add(directory, handle);
            return Use(handle);
        }
    }

    private Lease Use(Handle handle)
    {
        handle.Users++;
        handle.UsedAt = _clock++;
        return new Lease(this, handle);
    }

    private void CloseOldest()
    {
        int oldest = -1;
        foreach ((int directory, Handle handle) in _open)
        {
            if (handle.Users == 0 && (oldest < 0 || handle.UsedAt < _open[oldest].UsedAt))
            {
                oldest = directory;
            }
        }

        if (oldest >= 0 && _open.Remove(oldest, out Handle? closed))
        {
            closed.Directory.Dispose();
        }
    }

    /// <summary>The right to use an open directory; given back on dispose.</summary>
    internal readonly struct Lease(DirectoryHandles owner, Handle handle) : IDisposable
    {
        public IWorkingDirectory Directory => handle.Directory;

        public void Dispose()
        {
            lock (owner._lock)
            {
                handle.Users--;
            }
        }
    }

    internal sealed class Handle(IWorkingDirectory directory)
    {
        public IWorkingDirectory Directory { get; } = directory;

        public int Users { get; set; }

        public long UsedAt { get; set; }
    }
}
