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

    protected override bool ReleaseHandle() => NativeMethods.close((int)handle) == 0;
}
