using System.Globalization;

namespace Monorepo.Native.Posix;

/// <summary>
/// One inotify instance: watches on directories and the queue of what happened in them. Watches may be added and removed from any thread;
/// one thread at a time reads. Disposing drops all watches.
/// </summary>
public sealed unsafe class Inotify : IDisposable
{
    private readonly FileDescriptor _queue;
    private readonly FileDescriptor _wake;

    private Inotify(FileDescriptor queue, FileDescriptor wake)
    {
        _queue = queue;
        _wake = wake;
    }

    /// <summary>Makes an instance. <see cref="Errno.TooManyOpenFiles"/>: the user has as many as <c>fs.inotify.max_user_instances</c> allows.</summary>
    public static Errno Create(out Inotify? instance)
    {
        instance = null;
        const int Flags = (int)(OpenFlags.CloseOnExec | OpenFlags.NonBlocking);
        Errno errno = FileDescriptor.Take(NativeMethods.inotify_init1(Flags), out FileDescriptor? queue);
        if (errno != Errno.None)
            return errno;
        errno = FileDescriptor.Take(NativeMethods.eventfd(0, Flags), out FileDescriptor? wake);
        if (errno == Errno.None)
            instance = new Inotify(queue!, wake!);
        else
            queue!.Dispose();
        return errno;
    }

    /// <summary>
    /// Watches the directory behind an open descriptor, which need not stay open; a second watch on the same directory gives the first one's number.
    /// <see cref="Errno.NoSpace"/>: the user has as many as <c>fs.inotify.max_user_watches</c> allows.
    /// </summary>
    public Errno Watch(FileDescriptor directory, InotifyEvents events, out int watch)
    {
        ArgumentNullException.ThrowIfNull(directory);

        // Through the descriptor, not by a path: what is watched is then what was opened, whatever was renamed meanwhile.
        Span<byte> path = stackalloc byte[32];
        "/proc/self/fd/"u8.CopyTo(path);
        bool added = false;
        directory.DangerousAddRef(ref added);
        try
        {
            ((int)directory.DangerousGetHandle()).TryFormat(path[14..], out int digits, default, CultureInfo.InvariantCulture);
            path[14 + digits] = 0;
            fixed (byte* pointer = path)
                watch = NativeMethods.inotify_add_watch(_queue, pointer, (uint)(events | InotifyEvents.OnlyDirectory));
            return watch < 0 ? PosixFile.LastErrno() : Errno.None;
        }
        finally
        {
            directory.DangerousRelease();
        }
    }

    /// <summary>Ends a watch; one that ended by itself is no error.</summary>
    public void Unwatch(int watch) => _ = NativeMethods.inotify_rm_watch(_queue, watch);

    /// <summary>Waits until there is something to read. False: <see cref="Stop"/> was called.</summary>
    public bool Wait()
    {
        NativeMethods.PollEntry* entries = stackalloc NativeMethods.PollEntry[2];
        bool queueAdded = false;
        bool wakeAdded = false;
        _queue.DangerousAddRef(ref queueAdded);
        _wake.DangerousAddRef(ref wakeAdded);
        try
        {
            entries[0] = new NativeMethods.PollEntry { Descriptor = (int)_queue.DangerousGetHandle(), Events = NativeMethods.PollIn };
            entries[1] = new NativeMethods.PollEntry { Descriptor = (int)_wake.DangerousGetHandle(), Events = NativeMethods.PollIn };
            while (NativeMethods.poll(entries, 2, -1) < 0)
            {
                if (PosixFile.LastErrno() != Errno.Interrupted)
                    PosixFile.LastErrno().ThrowIfFailed("poll");
            }

            return entries[1].Returned == 0;
        }
        finally
        {
            _queue.DangerousRelease();
            _wake.DangerousRelease();
        }
    }

    /// <summary>Takes whole events out of the queue, for an <see cref="InotifyReader"/>; 0: there are none now.</summary>
    /// <param name="buffer">At least 4 KiB: an event with the longest name must fit.</param>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint count = NativeMethods.read(_queue, pointer, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                Errno errno = PosixFile.LastErrno();
                if (errno == Errno.TryAgain)
                    return 0;
                if (errno != Errno.Interrupted)
                    errno.ThrowIfFailed("read");
            }
        }
    }

    /// <summary>Lets <see cref="Wait"/> return false, now and from then on.</summary>
    public void Stop() => PosixFile.Write(_wake, BitConverter.GetBytes(1L));

    public void Dispose()
    {
        _queue.Dispose();
        _wake.Dispose();
    }
}
