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

    protected override bool ReleaseHandle()
    {
        // A process forked meanwhile has a copy until it calls exec, and a lock lives as long as any copy, unless it is given back by name.
        if (IsLocked)
            _ = NativeMethods.flock((int)handle, NativeMethods.LockUnlock);
        return NativeMethods.close((int)handle) == 0;
    }
}
