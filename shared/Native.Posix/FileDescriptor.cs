using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Monorepo.Native.Posix;

/// <summary>
/// An open file or directory. Closing is by <see cref="System.Runtime.InteropServices.SafeHandle.Dispose()"/>, which also drops any <c>flock</c> held on it.
/// All calls on one descriptor are safe from several threads as far as the kernel makes them so (positional writes are, sequential reads are not).
/// </summary>
public sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    /// <summary>Set once an <c>flock</c> was taken through it.</summary>
    internal bool IsLocked { get; set; }

    /// <summary>Takes what a call returned that makes a descriptor: that, or the error that it left.</summary>
    internal static Errno Take(int result, out FileDescriptor? descriptor)
    {
        descriptor = null;
        if (result < 0)
            return PosixFile.LastErrno();
        descriptor = new FileDescriptor();
        Marshal.InitHandle(descriptor, result);
        return Errno.None;
    }

    protected override bool ReleaseHandle()
    {
        // A process forked meanwhile has a copy until it calls exec, and a lock lives as long as any copy, unless it is given back by name.
        if (IsLocked)
            _ = NativeMethods.flock((int)handle, NativeMethods.LockUnlock);
        return NativeMethods.close((int)handle) == 0;
    }
}
