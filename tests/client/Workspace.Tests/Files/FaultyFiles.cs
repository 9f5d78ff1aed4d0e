using System.Buffers;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Tests.Files;

/// <summary>
/// A working copy on a failing disk: after a number of changing calls every further one fails with the given error; a failing write leaves its first half behind.
/// Calls that only read pass.
/// </summary>
internal sealed class FaultyFiles(IWorkingFiles inner, int changesBeforeFault, Errno errno) : IWorkingFiles
{
    private int _left = changesBeforeFault;

    public IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> path) => inner.OpenDirectory(path) is { } opened ? new FaultyDirectory(this, opened) : null;

    public void Dispose() => inner.Dispose();

    private bool IsFaultNow() => Interlocked.Decrement(ref _left) < 0;

    private void Change(string operation)
    {
        if (IsFaultNow())
            throw new PosixException(operation, errno, default);
    }

    private sealed class FaultyDirectory(FaultyFiles owner, IWorkingDirectory inner) : IWorkingDirectory
    {
        public IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> name) => inner.OpenDirectory(name) is { } opened ? new FaultyDirectory(owner, opened) : null;

        public void List(DirectoryListing listing) => inner.List(listing);

        public FileStatus? GetStatus(ReadOnlySpan<byte> name) => inner.GetStatus(name);

        public byte[]? ReadLink(ReadOnlySpan<byte> name) => inner.ReadLink(name);

        public IWorkingFile? OpenRead(ReadOnlySpan<byte> name) => inner.OpenRead(name);

        public IWorkingFile? TryCreate(ReadOnlySpan<byte> name, bool executable)
        {
            owner.Change("openat");
            return inner.TryCreate(name, executable) is { } made ? new FaultyFile(owner, made) : null;
        }

        public IWorkingFile OpenOrCreate(ReadOnlySpan<byte> name) => new FaultyFile(owner, inner.OpenOrCreate(name));

        public bool CreateDirectory(ReadOnlySpan<byte> name)
        {
            owner.Change("mkdirat");
            return inner.CreateDirectory(name);
        }

        public bool TryCreateSymlink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
        {
            owner.Change("symlinkat");
            return inner.TryCreateSymlink(name, target);
        }

        public bool TryRename(ReadOnlySpan<byte> name, IWorkingDirectory toDirectory, ReadOnlySpan<byte> toName, bool replace)
        {
            owner.Change("renameat2");
            return inner.TryRename(name, ((FaultyDirectory)toDirectory).Inner, toName, replace);
        }

        public bool Delete(ReadOnlySpan<byte> name)
        {
            owner.Change("unlinkat");
            return inner.Delete(name);
        }

        public bool DeleteDirectory(ReadOnlySpan<byte> name)
        {
            owner.Change("unlinkat");
            return inner.DeleteDirectory(name);
        }

        public void SetPermissions(ReadOnlySpan<byte> name, uint permissions)
        {
            owner.Change("fchmod");
            inner.SetPermissions(name, permissions);
        }

        public void Sync()
        {
            owner.Change("fsync");
            inner.Sync();
        }

        public void Dispose() => inner.Dispose();

        private IWorkingDirectory Inner => inner;
    }

    private sealed class FaultyFile(FaultyFiles owner, IWorkingFile inner) : IWorkingFile
    {
        public FileStatus GetStatus() => inner.GetStatus();

        public int Read(Span<byte> buffer) => inner.Read(buffer);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            if (owner.IsFaultNow())
            {
                inner.Write(bytes[..(bytes.Length / 2)]);
                throw new PosixException("write", owner.Errno, default);
            }

            inner.Write(bytes);
        }

        public void SetLength(long sizeBytes) => inner.SetLength(sizeBytes);

        public void Sync()
        {
            owner.Change("fsync");
            inner.Sync();
        }

        public bool TryLock() => inner.TryLock();

        public MemoryManager<byte> Map(int lengthBytes) => inner.Map(lengthBytes);

        public void Dispose() => inner.Dispose();
    }

    private Errno Errno => errno;
}
