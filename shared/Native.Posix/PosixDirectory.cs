namespace Monorepo.Native.Posix;

/// <summary>
/// Calls that take names relative to an open directory. They return the error number instead of throwing, because "not there",
/// "already there" and "not a directory" are ordinary answers here. Names and paths are bytes as the kernel has them; a NUL inside throws <see cref="ArgumentException"/>.
/// </summary>
public static unsafe class PosixDirectory
{
    /// <summary>The longest path the kernel takes in one call, with its NUL.</summary>
    public const int PathBytesMax = 4096;

    private const int SymlinkBytesMax = 65_536;
    private const ulong ResolveNoSymlinksBeneath = 0x04 | 0x08;
    private const uint RenameNoReplace = 1;

    /// <summary>Opens an absolute path, or one relative to the process's directory; symbolic links on the way are followed.</summary>
    public static Errno Open(ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out FileDescriptor? descriptor)
    {
        return OpenCore(NativeMethods.AtCurrentDirectory, path, flags, mode, out descriptor);
    }

    /// <summary>Opens a name in a directory. The kernel walks the path if it has several components, following symbolic links in the parents.</summary>
    public static Errno OpenAt(FileDescriptor directory, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out FileDescriptor? descriptor)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var pin = new Pinned(directory);
        return OpenCore(pin.Value, path, flags, mode, out descriptor);
    }

    /// <summary>
    /// Opens a path below a directory so that no symbolic link is followed in any component and the path can't leave the directory.
    /// Returns <see cref="Errno.SymlinkLoop"/> (or <see cref="Errno.NotDirectory"/>) where a link is in the way and <see cref="Errno.CrossDevice"/> for an escape.
    /// A kernel before 5.6 answers <see cref="Errno.NotImplemented"/>.
    /// </summary>
    public static Errno OpenBeneath(FileDescriptor directory, ReadOnlySpan<byte> path, OpenFlags flags, out FileDescriptor? descriptor)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var pin = new Pinned(directory);
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        var how = new NativeMethods.OpenHow { Flags = (ulong)(flags | OpenFlags.CloseOnExec), Resolve = ResolveNoSymlinksBeneath };
        fixed (byte* pointer = terminated)
        {
            while (true)
            {
                long result = NativeMethods.syscall(NativeMethods.SysOpenat2, pin.Value, pointer, &how, sizeof(NativeMethods.OpenHow));
                if (TryTake((int)result, out descriptor, out Errno errno))
                    return errno;
            }
        }
    }

    /// <summary>The status of a name, of the link itself if it is one.</summary>
    public static Errno GetStatus(FileDescriptor directory, ReadOnlySpan<byte> path, out FileStatus status)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        RawStat raw;
        fixed (byte* pointer = terminated)
        {
            if (NativeMethods.fstatat(directory, pointer, &raw, NativeMethods.AtSymlinkNoFollow) != 0)
            {
                status = default;
                return PosixFile.LastErrno();
            }
        }

        status = FileStatus.From(raw);
        return Errno.None;
    }

    /// <summary>
    /// Whether the file system counts a link for each directory in a directory, so that one with two links (its name and its ".") has none in it.
    /// GNU find uses the same fact, for a list of file systems as well: some answer 1 always (btrfs), some anything.
    /// </summary>
    public static bool CountsSubdirectories(FileDescriptor directory)
    {
        RawFileSystem raw;
        return NativeMethods.fstatfs(directory, &raw) == 0 && raw.Type is RawFileSystem.Ext or RawFileSystem.Xfs or RawFileSystem.Tmpfs;
    }

    /// <summary>The bytes a symbolic link points to. <see cref="Errno.Invalid"/> when the name is no link.</summary>
    public static Errno ReadLink(FileDescriptor directory, ReadOnlySpan<byte> path, out byte[] target)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        for (int capacity = 256; capacity <= SymlinkBytesMax; capacity *= 4)
        {
            byte[] buffer = new byte[capacity];
            fixed (byte* pointer = terminated)
            fixed (byte* into = buffer)
            {
                nint count = NativeMethods.readlinkat(directory, pointer, into, (nuint)capacity);
                if (count < 0)
                {
                    target = [];
                    return PosixFile.LastErrno();
                }

                if (count < capacity)
                {
                    target = buffer[..(int)count];
                    return Errno.None;
                }
            }
        }

        target = [];
        return Errno.NameTooLong;
    }

    public static Errno CreateSymlink(FileDescriptor directory, ReadOnlySpan<byte> path, ReadOnlySpan<byte> target)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        var terminatedTarget = new TerminatedPath(target, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* pointer = terminated)
        fixed (byte* targetPointer = terminatedTarget)
            return Check(NativeMethods.symlinkat(targetPointer, directory, pointer));
    }

    /// <summary>Removes a name that is not a directory.</summary>
    public static Errno Unlink(FileDescriptor directory, ReadOnlySpan<byte> path) => UnlinkCore(directory, path, 0);

    /// <summary>Removes an empty directory.</summary>
    public static Errno RemoveDirectory(FileDescriptor directory, ReadOnlySpan<byte> path) => UnlinkCore(directory, path, NativeMethods.AtRemoveDirectory);

    /// <summary>Makes a directory; the process's umask is applied to <paramref name="mode"/>.</summary>
    public static Errno MakeDirectory(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* pointer = terminated)
            return Check(NativeMethods.mkdirat(directory, pointer, mode));
    }

    /// <summary>Renames atomically. With <paramref name="replace"/> false an existing target is <see cref="Errno.Exists"/>; some file systems answer <see cref="Errno.Invalid"/> for that.</summary>
    public static Errno Rename(FileDescriptor fromDirectory, ReadOnlySpan<byte> from, FileDescriptor toDirectory, ReadOnlySpan<byte> to, bool replace)
    {
        var terminatedFrom = new TerminatedPath(from, stackalloc byte[TerminatedPath.StackBytes]);
        var terminatedTo = new TerminatedPath(to, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* fromPointer = terminatedFrom)
        fixed (byte* toPointer = terminatedTo)
            return Check(NativeMethods.renameat2(fromDirectory, fromPointer, toDirectory, toPointer, replace ? 0 : RenameNoReplace));
    }

    /// <summary>Sets permission bits. Follows a symbolic link in the last component, as Linux has no permissions on links: check the kind first.</summary>
    public static Errno SetMode(FileDescriptor directory, ReadOnlySpan<byte> path, uint mode)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* pointer = terminated)
            return Check(NativeMethods.fchmodat(directory, pointer, mode, 0));
    }

    private static Errno OpenCore(int directory, ReadOnlySpan<byte> path, OpenFlags flags, uint mode, out FileDescriptor? descriptor)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* pointer = terminated)
        {
            while (true)
            {
                int result = NativeMethods.openat(directory, pointer, (int)(flags | OpenFlags.CloseOnExec), mode);
                if (TryTake(result, out descriptor, out Errno errno))
                    return errno;
            }
        }
    }

    private static Errno UnlinkCore(FileDescriptor directory, ReadOnlySpan<byte> path, int flags)
    {
        var terminated = new TerminatedPath(path, stackalloc byte[TerminatedPath.StackBytes]);
        fixed (byte* pointer = terminated)
            return Check(NativeMethods.unlinkat(directory, pointer, flags));
    }

    private static bool TryTake(int result, out FileDescriptor? descriptor, out Errno errno)
    {
        errno = FileDescriptor.Take(result, out descriptor);
        return errno != Errno.Interrupted;
    }

    private static Errno Check(int result) => result == 0 ? Errno.None : PosixFile.LastErrno();

    /// <summary>Keeps a descriptor open for the length of a call that takes the bare number.</summary>
    private readonly ref struct Pinned
    {
        private readonly FileDescriptor? _descriptor;

        internal Pinned(FileDescriptor? descriptor)
        {
            bool added = false;
            descriptor?.DangerousAddRef(ref added);
            _descriptor = added ? descriptor : null;
        }

        internal int Value => (int)_descriptor!.DangerousGetHandle();

        internal void Dispose() => _descriptor?.DangerousRelease();
    }
}
