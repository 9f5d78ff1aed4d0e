using System.Runtime.InteropServices;

namespace Monorepo.Native.Posix;

/// <summary>The C functions as they are. Only what the typed calls use; all are in glibc 2.33 and later.</summary>
internal static unsafe partial class NativeMethods
{
    private const string C = "libc";

    internal const int AtCurrentDirectory = -100;
    internal const int AtSymlinkNoFollow = 0x100;
    internal const int AtRemoveDirectory = 0x200;
    internal const int LockUnlock = 8;
    internal const long SysOpenat2 = 437;
    internal const short PollIn = 1;

#pragma warning disable IDE1006, SA1300 // C names.
    [LibraryImport(C, SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport(C, SetLastError = true)]
    internal static partial long syscall(long number, long directory, byte* path, OpenHow* how, long sizeBytes);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int sched_getaffinity(int thread, nuint maskBytes, byte* mask);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int sched_setaffinity(int thread, nuint maskBytes, byte* mask);

    [LibraryImport(C)]
    internal static partial int close(int descriptor);

    [LibraryImport(C)]
    internal static partial int mallopt(int parameter, int value);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint read(FileDescriptor descriptor, byte* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint pread(FileDescriptor descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint write(FileDescriptor descriptor, byte* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint pwrite(FileDescriptor descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int ftruncate(FileDescriptor descriptor, long sizeBytes);

    /// <returns>The error's number: this call does not set errno.</returns>
    [LibraryImport(C)]
    internal static partial int posix_fallocate(FileDescriptor descriptor, long offset, long sizeBytes);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fstat(FileDescriptor descriptor, RawStat* status);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fstatat(FileDescriptor directory, byte* path, RawStat* status, int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fstatfs(FileDescriptor descriptor, RawFileSystem* status);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint getdents64(FileDescriptor directory, byte* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    internal static partial nint readlinkat(FileDescriptor directory, byte* path, byte* buffer, nuint count);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int symlinkat(byte* target, FileDescriptor directory, byte* path);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int unlinkat(FileDescriptor directory, byte* path, int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int mkdirat(FileDescriptor directory, byte* path, uint mode);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int renameat2(FileDescriptor fromDirectory, byte* from, FileDescriptor toDirectory, byte* to, uint flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fchmodat(FileDescriptor directory, byte* path, uint mode, int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fchmod(FileDescriptor descriptor, uint mode);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int fsync(FileDescriptor descriptor);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int flock(FileDescriptor descriptor, int operation);

    [LibraryImport(C)]
    internal static partial int flock(int descriptor, int operation);

    [LibraryImport(C, SetLastError = true)]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, FileDescriptor descriptor, long offset);

    [LibraryImport(C)]
    internal static partial int munmap(void* address, nuint length);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int inotify_add_watch(FileDescriptor instance, byte* path, uint mask);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int inotify_rm_watch(FileDescriptor instance, int watch);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int eventfd(uint value, int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int socket(int family, int type, int protocol);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int bind(FileDescriptor socket, byte* address, uint addressBytes);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int listen(FileDescriptor socket, int backlog);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int connect(FileDescriptor socket, byte* address, uint addressBytes);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int accept4(FileDescriptor socket, byte* address, uint* addressBytes, int flags);

    [LibraryImport(C, SetLastError = true)]
    internal static partial int setsockopt(FileDescriptor socket, int level, int name, void* value, uint valueBytes);

    [LibraryImport(C)]
    internal static partial int shutdown(FileDescriptor socket, int how);

    [LibraryImport(C)]
    internal static partial int setsid();

    [LibraryImport(C, SetLastError = true)]
    internal static partial int dup2(FileDescriptor from, int to);

    [LibraryImport(C)]
    internal static partial int fcntl(int descriptor, int command, int argument);
#pragma warning restore IDE1006, SA1300

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }

    /// <summary><c>struct open_how</c> of openat2(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }
}
