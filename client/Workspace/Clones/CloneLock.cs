using System.Globalization;
using System.Text;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>
/// The right to change a clone: one holder at a time, over all processes. Given back on dispose and when the process ends, however.
/// The lock's file names its holder for people: process id, a space, the command.
/// </summary>
public sealed class CloneLock : IDisposable
{
    private const int OwnerBytesMax = 200;

    private readonly FileDescriptor _file;

    private CloneLock(FileDescriptor file) => _file = file;

    /// <exception cref="CloneException"><see cref="CloneError.Locked"/>: another command has it; the message names it.</exception>
    public static CloneLock Take(ClonePaths paths) => TryTake(paths)
        ?? throw new CloneException(CloneError.Locked, $"{DescribeOwner(paths.Lock)} is changing the clone in '{paths.WorkingCopy}'; try again when it is done.");

    /// <summary>Null where another holder has it; does not wait.</summary>
    public static CloneLock? TryTake(ClonePaths paths)
    {
        FileDescriptor file = DurableFile.Open(paths.Lock, OpenFlags.ReadWrite | OpenFlags.Create);
        if (!PosixFile.TryLockExclusive(file))
        {
            file.Dispose();
            return null;
        }

        try
        {
            PosixFile.SetLength(file, 0);
            PosixFile.WriteAt(file, Owner(), 0);
        }
        catch (PosixException)
        {
            // A full disk: the lock holds without a name.
        }

        return new CloneLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static ReadOnlySpan<byte> Owner()
    {
        string[] arguments = Environment.GetCommandLineArgs();
        string command = string.Join(' ', arguments.Skip(1).Prepend(Path.GetFileName(arguments[0])));
        byte[] owner = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {command}"));
        return owner.AsSpan(0, Math.Min(owner.Length, OwnerBytesMax));
    }

    // Who took the lock a moment ago may not have written its name yet, and one that was killed left its own.
    private static string DescribeOwner(string path)
    {
        byte[] owner = new byte[OwnerBytesMax];
        using FileDescriptor file = DurableFile.Open(path, OpenFlags.ReadOnly);
        string[] parts = Encoding.UTF8.GetString(owner, 0, PosixFile.ReadAt(file, owner, 0)).Split(' ', 2);
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int process) && Directory.Exists($"/proc/{process}")
            ? $"Another command, '{parts[1].ReplaceLineEndings(" ")}' (process {process}),"
            : "Another command";
    }
}
