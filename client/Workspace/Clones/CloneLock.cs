using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>The right to change a clone: one holder at a time, over all processes. Given back on dispose and when the process ends, however.</summary>
public sealed class CloneLock : IDisposable
{
    private readonly FileDescriptor _file;

    private CloneLock(FileDescriptor file) => _file = file;

    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command has it.</exception>
    public static CloneLock Take(ClonePaths paths) => TryTake(paths)
        ?? throw new CloneException(CloneError.Locked, $"Another command is changing the clone in '{paths.WorkingCopy}'; try again when it is done.");

    /// <summary>Null where another holder has it; does not wait.</summary>
    public static CloneLock? TryTake(ClonePaths paths)
    {
        FileDescriptor file = DurableFile.Open(paths.Lock, OpenFlags.ReadWrite | OpenFlags.Create);
        if (PosixFile.TryLockExclusive(file))
        {
            return new CloneLock(file);
        }

        file.Dispose();
        return null;
    }

    public void Dispose() => _file.Dispose();
}
