using System.Buffers;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Files;

internal sealed class PosixWorkingDirectory(FileDescriptor descriptor) : IWorkingDirectory
{
    private const uint FileMode = 0x1B6;       // 0666
    private const uint ExecutableMode = 0x1FF; // 0777

    public IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> name) => Open(descriptor, name);

    public void List(DirectoryListing listing)
    {
        listing.Clear();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DirectoryReader.BufferBytes);
        try
        {
            // A descriptor of its own, because the kernel keeps the reading position with the descriptor.
            PosixDirectory.OpenAt(descriptor, "."u8, OpenFlags.Directory, 0, out FileDescriptor? list).ThrowIfFailed("openat");
            using (list)
            {
                var reader = new DirectoryReader(list!, buffer);
                while (reader.MoveNext())
                {
                    FileKind kind = reader.Kind;
                    if (kind == FileKind.Unknown)
                    {
                        if (GetStatus(reader.Name) is not { } status)
                            continue;
                        kind = status.Kind;
                    }

                    listing.Add(reader.Name, kind);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        listing.Sort();
    }

    public FileStatus? GetStatus(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.GetStatus(descriptor, name, out FileStatus status);
        if (IsAbsent(errno))
            return null;
        errno.ThrowIfFailed("fstatat", name);
        return status;
    }

    public byte[]? ReadLink(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.ReadLink(descriptor, name, out byte[] target);
        if (IsAbsent(errno) || errno == Errno.Invalid)
            return null;
        errno.ThrowIfFailed("readlinkat", name);
        return target;
    }

    public IWorkingFile? OpenRead(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.OpenAt(descriptor, name, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking, 0, out FileDescriptor? file);
        if (IsAbsent(errno))
            return null;
        errno.ThrowIfFailed("openat", name);
        if (PosixFile.GetStatus(file!).Kind == FileKind.Regular)
            return new PosixWorkingFile(file!);
        file!.Dispose();
        return null;
    }

    public IWorkingFile? TryCreate(ReadOnlySpan<byte> name, bool executable)
    {
        const OpenFlags Flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow;
        Errno errno = PosixDirectory.OpenAt(descriptor, name, Flags, executable ? ExecutableMode : FileMode, out FileDescriptor? file);
        if (errno == Errno.Exists)
            return null;
        errno.ThrowIfFailed("openat", name);
        return new PosixWorkingFile(file!);
    }

    public IWorkingFile OpenOrCreate(ReadOnlySpan<byte> name)
    {
        const OpenFlags Flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.NoFollow;
        PosixDirectory.OpenAt(descriptor, name, Flags, FileMode, out FileDescriptor? file).ThrowIfFailed("openat", name);
        return new PosixWorkingFile(file!);
    }

    public bool CreateDirectory(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.MakeDirectory(descriptor, name, ExecutableMode);
        if (errno == Errno.Exists)
            return false;
        errno.ThrowIfFailed("mkdirat", name);
        return true;
    }

    public bool TryCreateSymlink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        Errno errno = PosixDirectory.CreateSymlink(descriptor, name, target);
        if (errno == Errno.Exists)
            return false;
        errno.ThrowIfFailed("symlinkat", name);
        return true;
    }

    public bool TryRename(ReadOnlySpan<byte> name, IWorkingDirectory toDirectory, ReadOnlySpan<byte> toName, bool replace)
    {
        FileDescriptor to = ((PosixWorkingDirectory)toDirectory).Descriptor;
        Errno errno = PosixDirectory.Rename(descriptor, name, to, toName, replace);

        // A file system that can't refuse by itself.
        if (errno == Errno.Invalid && !replace && PosixDirectory.GetStatus(to, toName, out _) == Errno.NoEntry)
            errno = PosixDirectory.Rename(descriptor, name, to, toName, replace: true);
        if (IsAbsent(errno) || errno is Errno.Exists or Errno.NotEmpty or Errno.IsDirectory)
            return false;
        errno.ThrowIfFailed("renameat2", name);
        return true;
    }

    public bool Delete(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.Unlink(descriptor, name);
        if (IsAbsent(errno))
            return false;
        errno.ThrowIfFailed("unlinkat", name);
        return true;
    }

    public bool DeleteDirectory(ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.RemoveDirectory(descriptor, name);

        // EEXIST is POSIX's other word for "not empty"; EBUSY is a mount point, which can't go either.
        if (IsAbsent(errno) || errno is Errno.NotEmpty or Errno.Exists or Errno.Busy)
            return false;
        errno.ThrowIfFailed("unlinkat", name);
        return true;
    }

    public void SetPermissions(ReadOnlySpan<byte> name, uint permissions)
    {
        PosixDirectory.OpenAt(descriptor, name, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking, 0, out FileDescriptor? file).ThrowIfFailed("openat", name);
        using (file)
            PosixFile.SetPermissions(file!, permissions);
    }

    public void Sync() => PosixFile.Sync(descriptor);

    public void Dispose() => descriptor.Dispose();

    internal FileDescriptor Descriptor => descriptor;

    /// <summary>The answers that mean "no such thing of the kind asked for", a link in a directory's place included.</summary>
    internal static bool IsAbsent(Errno errno) => errno is Errno.NoEntry or Errno.NotDirectory or Errno.SymlinkLoop;

    internal static PosixWorkingDirectory? Open(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Errno errno = PosixDirectory.OpenAt(parent, name, OpenFlags.Directory | OpenFlags.NoFollow, 0, out FileDescriptor? opened);
        if (IsAbsent(errno))
            return null;
        errno.ThrowIfFailed("openat", name);
        return new PosixWorkingDirectory(opened!);
    }
}

internal sealed class PosixWorkingFile(FileDescriptor descriptor) : IWorkingFile
{
    public FileStatus GetStatus() => PosixFile.GetStatus(descriptor);

    public int Read(Span<byte> buffer) => PosixFile.Read(descriptor, buffer);

    public void Write(ReadOnlySpan<byte> bytes) => PosixFile.Write(descriptor, bytes);

    public void SetLength(long sizeBytes) => PosixFile.SetLength(descriptor, sizeBytes);

    public void Sync() => PosixFile.Sync(descriptor);

    public bool TryLock() => PosixFile.TryLockExclusive(descriptor);

    public MemoryManager<byte> Map(int lengthBytes) => new MappedFile(descriptor, lengthBytes);

    public void Dispose() => descriptor.Dispose();
}
