using System.Text;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Store;

/// <summary>
/// Opens files by path for positional reads and writes, and replaces small ones so that a crash or a power loss leaves
/// either the old content or the new, never a mixture.
/// </summary>
public static class DurableFile
{
    // rw-rw-rw- less the user's umask, as for any file a program makes.
    private const uint FileMode = 0x1B6;

    // rw-------
    private const uint SecretMode = 0x180;

    /// <exception cref="PosixException">The system refused; <see cref="PosixException.Errno"/> says why.</exception>
    public static FileDescriptor Open(string path, OpenFlags flags) => Open(path, flags, FileMode);

    private static FileDescriptor Open(string path, OpenFlags flags, uint mode)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        PosixDirectory.Open(bytes, flags | OpenFlags.CloseOnExec, mode, out FileDescriptor? descriptor).ThrowIfFailed("open", bytes);
        return descriptor!;
    }

    /// <summary>The file, or null where there is none of that name.</summary>
    public static FileDescriptor? TryOpen(string path, OpenFlags flags)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        Errno errno = PosixDirectory.Open(bytes, flags | OpenFlags.CloseOnExec, FileMode, out FileDescriptor? descriptor);
        if (errno == Errno.NoEntry)
        {
            return null;
        }

        errno.ThrowIfFailed("open", bytes);
        return descriptor!;
    }

    /// <summary>Takes a file's lock, which lasts as long as the file is open; it is made where it is not there. Null: another holder has it.</summary>
    public static FileDescriptor? TryLock(string path)
    {
        FileDescriptor file = Open(path, OpenFlags.ReadWrite | OpenFlags.Create);
        if (PosixFile.TryLockExclusive(file))
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>
    /// Writes a new file beside the path, syncs it, renames it over the path and syncs the directory.
    /// Callers that write the same path at the same time hold a lock.
    /// </summary>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Replace(path, content, FileMode);

    /// <summary>
    /// Replaces a file that its owner alone may read and that may be lost or torn by a power loss, though not by the end of the process:
    /// for hints that are checked when they are read.
    /// </summary>
    public static void ReplaceSecretHint(string path, ReadOnlySpan<byte> content) => Write(path, content, SecretMode, isSynced: false);

    /// <summary>
    /// As <see cref="Replace(string, ReadOnlySpan{byte})"/>, without syncing the directory: after a power loss the file has the new
    /// content or the old, whole either way. For what is as right in its old state, and replaced often.
    /// </summary>
    public static void ReplaceLazily(string path, ReadOnlySpan<byte> content) => Write(path, content, FileMode);

    private static void Replace(string path, ReadOnlySpan<byte> content, uint mode)
    {
        Write(path, content, mode);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    private static void Write(string path, ReadOnlySpan<byte> content, uint mode, bool isSynced = true)
    {
        // A leftover would keep the mode it was made with.
        string fresh = path + ".new";
        File.Delete(fresh);
        using (FileDescriptor file = Open(fresh, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, mode))
        {
            PosixFile.Write(file, content);
            if (isSynced)
            {
                PosixFile.Sync(file);
            }
        }

        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Makes names added to or removed from a directory survive a power loss.</summary>
    public static void SyncDirectory(string path)
    {
        using FileDescriptor directory = Open(path, OpenFlags.ReadOnly | OpenFlags.Directory);
        PosixFile.Sync(directory);
    }

    /// <summary>Fills the buffer from an offset on; false where the file ends before.</summary>
    public static bool TryReadAt(FileDescriptor file, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int count = PosixFile.ReadAt(file, buffer, offset);
            if (count == 0)
            {
                return false;
            }

            buffer = buffer[count..];
            offset += count;
        }

        return true;
    }
}
