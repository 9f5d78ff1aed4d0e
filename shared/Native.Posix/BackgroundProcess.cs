using System.Globalization;

namespace Monorepo.Native.Posix;

/// <summary>How a process lets go of whoever started it.</summary>
public static unsafe class BackgroundProcess
{
    private const int CloseOnExecFlag = 1;
    private const int GetFlags = 1;
    private const int StandardStreams = 3;

    /// <summary>
    /// Makes the calling process the leader of a session of its own, gives its standard streams to a file (input: nothing), closes every
    /// descriptor that it inherited, and stands in the root directory. A lock or a pipe of the parent is then not held on its behalf.
    /// </summary>
    /// <param name="output">Open for appending.</param>
    public static void Detach(FileDescriptor output)
    {
        // Fails where it leads one already.
        _ = NativeMethods.setsid();
        PosixDirectory.Open("/dev/null"u8, OpenFlags.ReadOnly, 0, out FileDescriptor? nothing).ThrowIfFailed("open", "/dev/null"u8);
        using (nothing)
        {
            Duplicate(nothing!, 0);
            Duplicate(output, 1);
            Duplicate(output, 2);
        }

        foreach (string entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            // What this process opened itself closes on exec; what came through one does not.
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out int descriptor) && descriptor >= StandardStreams
                && NativeMethods.fcntl(descriptor, GetFlags, 0) is >= 0 and var flags && (flags & CloseOnExecFlag) == 0)
            {
                _ = NativeMethods.close(descriptor);
            }
        }

        Directory.SetCurrentDirectory("/");
    }

    private static void Duplicate(FileDescriptor from, int to)
    {
        if (NativeMethods.dup2(from, to) < 0)
            PosixFile.LastErrno().ThrowIfFailed("dup2");
    }
}
