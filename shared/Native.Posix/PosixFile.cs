using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix;

/// <summary>Calls on an open descriptor. Interrupted calls are repeated; other failures throw <see cref="PosixException"/>.</summary>
public static unsafe class PosixFile
{
    private const int LockExclusiveNonBlocking = 2 | 4;

    /// <summary>Reads up to the buffer's length; 0 means the end of the file.</summary>
    public static int Read(FileDescriptor descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint count = NativeMethods.read(descriptor, pointer, (nuint)buffer.Length);
                if (count >= 0)
                    return (int)count;
                ThrowUnlessInterrupted("read");
            }
        }
    }

    /// <summary>Reads at an offset without moving the descriptor's position; 0 means the end of the file.</summary>
    public static int ReadAt(FileDescriptor descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint count = NativeMethods.pread(descriptor, pointer, (nuint)buffer.Length, offset);
                if (count >= 0)
                    return (int)count;
                ThrowUnlessInterrupted("pread");
            }
        }
    }

    /// <summary>Writes all bytes at the descriptor's position.</summary>
    public static void Write(FileDescriptor descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* pointer = bytes)
            {
                nint count = NativeMethods.write(descriptor, pointer, (nuint)bytes.Length);
                if (count >= 0)
                    bytes = bytes[(int)count..];
                else
                    ThrowUnlessInterrupted("write");
            }
        }
    }

    /// <summary>Writes all bytes at an offset without moving the descriptor's position.</summary>
    public static void WriteAt(FileDescriptor descriptor, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            fixed (byte* pointer = bytes)
            {
                nint count = NativeMethods.pwrite(descriptor, pointer, (nuint)bytes.Length, offset);
                if (count >= 0)
                {
                    bytes = bytes[(int)count..];
                    offset += count;
                }
                else
                {
                    ThrowUnlessInterrupted("pwrite");
                }
            }
        }
    }

    public static void SetLength(FileDescriptor descriptor, long sizeBytes)
    {
        while (NativeMethods.ftruncate(descriptor, sizeBytes) != 0)
            ThrowUnlessInterrupted("ftruncate");
    }

    /// <summary>
    /// Makes a file longer that is going to be mapped: with a hole, but on a tmpfs with memory of its own, for there a reader of a hole is
    /// killed (SIGBUS) when the file system is full.
    /// </summary>
    public static void Extend(FileDescriptor descriptor, long sizeBytes)
    {
        RawFileSystem raw;
        if (NativeMethods.fstatfs(descriptor, &raw) == 0 && raw.Type == RawFileSystem.Tmpfs)
        {
            Errno errno;
            while ((errno = (Errno)NativeMethods.posix_fallocate(descriptor, 0, sizeBytes)) == Errno.Interrupted)
            {
            }

            errno.ThrowIfFailed("posix_fallocate");
        }

        SetLength(descriptor, sizeBytes);
    }

    public static void SetPermissions(FileDescriptor descriptor, uint mode)
    {
        while (NativeMethods.fchmod(descriptor, mode) != 0)
            ThrowUnlessInterrupted("fchmod");
    }

    public static FileStatus GetStatus(FileDescriptor descriptor)
    {
        RawStat raw;
        if (NativeMethods.fstat(descriptor, &raw) != 0)
            LastErrno().ThrowIfFailed("fstat");
        return FileStatus.From(raw);
    }

    /// <summary>Forces data and metadata to the device (<c>fsync</c>); also for directories.</summary>
    public static void Sync(FileDescriptor descriptor)
    {
        while (NativeMethods.fsync(descriptor) != 0)
            ThrowUnlessInterrupted("fsync");
    }

    /// <summary>Takes the exclusive <c>flock</c> if nobody has it; false when another open file has it. It is dropped when the descriptor is closed or its process ends.</summary>
    public static bool TryLockExclusive(FileDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        while (NativeMethods.flock(descriptor, LockExclusiveNonBlocking) != 0)
        {
            if (LastErrno() == Errno.TryAgain)
                return false;
            ThrowUnlessInterrupted("flock");
        }

        descriptor.IsLocked = true;
        return true;
    }

    /// <summary>Bytes that the file takes on its disk: less than its size where it has holes.</summary>
    public static long MeasureDisk(FileDescriptor descriptor)
    {
        RawStat raw;
        while (NativeMethods.fstat(descriptor, &raw) != 0)
            ThrowUnlessInterrupted("fstat");
        return raw.Blocks * 512;
    }

    internal static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    private static void ThrowUnlessInterrupted(string operation)
    {
        Errno errno = LastErrno();
        if (errno != Errno.Interrupted)
            errno.ThrowIfFailed(operation);
    }
}
