using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>Hashes a file or a link of the working tree as git would store it. Streams; holds one buffer.</summary>
internal sealed class ContentComparer : IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly ObjectHasher _hasher = new();
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly CancellationToken _cancellationToken;

    public ContentComparer(CancellationToken cancellationToken) => _cancellationToken = cancellationToken;

    internal enum Answer
    {
        Same,
        Different,

        // It changed while it was read: different at some time, and nothing about it may be recorded.
        Unsettled,
        Vanished,
        Failed,
    }

    /// <param name="directory">The directory the name is in.</param>
    /// <param name="name">The file or link.</param>
    /// <param name="status">The status it had just now.</param>
    /// <param name="id">The blob of the checked-out commit.</param>
    /// <param name="failure">Of <see cref="Answer.Failed"/>: the call and what it answered.</param>
    public Answer Compare(FileDescriptor directory, ReadOnlySpan<byte> name, in FileStatus status, ObjectId id, out (string Operation, Errno Errno) failure)
    {
        failure = default;
        return status.Kind == FileKind.SymbolicLink
            ? CompareLink(directory, name, status, id, ref failure)
            : CompareFile(directory, name, status, id, ref failure);
    }

    public void Dispose() => _hasher.Dispose();

    private static Answer CompareLink(FileDescriptor directory, ReadOnlySpan<byte> name, in FileStatus status, ObjectId id, ref (string Operation, Errno Errno) failure)
    {
        Errno errno = PosixDirectory.ReadLink(directory, name, out byte[] target);
        if (errno == Errno.NoEntry)
            return Answer.Vanished;
        if (errno == Errno.Invalid)
            return Answer.Unsettled;
        if (errno != Errno.None)
        {
            failure = ("readlinkat", errno);
            return Answer.Failed;
        }

        if (ObjectHasher.Hash(ObjectKind.Blob, target) != id)
            return Answer.Different;

        // A link can't be rewritten in place, only replaced; then it is another inode or has another time.
        return PosixDirectory.GetStatus(directory, name, out FileStatus after) == Errno.None && after == status ? Answer.Same : Answer.Unsettled;
    }

    private Answer CompareFile(FileDescriptor directory, ReadOnlySpan<byte> name, in FileStatus status, ObjectId id, ref (string Operation, Errno Errno) failure)
    {
        // Non-blocking: a pipe put in the file's place must not hang the scan.
        Errno errno = PosixDirectory.OpenAt(directory, name, OpenFlags.NoFollow | OpenFlags.NonBlocking, 0, out FileDescriptor? file);
        if (errno == Errno.NoEntry)
            return Answer.Vanished;
        if (errno == Errno.SymlinkLoop)
            return Answer.Unsettled;
        if (errno != Errno.None)
        {
            failure = ("openat", errno);
            return Answer.Failed;
        }

        using (file)
        {
            try
            {
                if (PosixFile.GetStatus(file!) != status)
                    return Answer.Unsettled;
                bool isWhole = Hash(file!, status.SizeBytes, out ObjectId actual);
                if (!isWhole || PosixFile.GetStatus(file!) != status)
                    return Answer.Unsettled;
                return actual == id ? Answer.Same : Answer.Different;
            }
            catch (PosixException e)
            {
                failure = (e.Operation, e.Errno);
                return Answer.Failed;
            }
        }
    }

    private bool Hash(FileDescriptor file, long sizeBytes, out ObjectId id)
    {
        _hasher.Start(ObjectKind.Blob, sizeBytes);
        long left = sizeBytes;
        while (left > 0)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            int count = PosixFile.Read(file, _buffer.AsSpan(0, (int)Math.Min(left, _buffer.Length)));
            if (count == 0)
                break;
            _hasher.Append(_buffer.AsSpan(0, count));
            left -= count;
        }

        id = _hasher.Finish();
        return left == 0;
    }
}
