using System.Buffers;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Files;

/// <summary>
/// The working copy's files below one root directory. Paths and names are bytes as the file system has them, '/' separates components,
/// no path is absolute. No symbolic link is ever followed, in no component. Failures other than those named come as <see cref="PosixException"/>.
/// Implementations are safe for use from several threads.
/// </summary>
public interface IWorkingFiles : IDisposable
{
    /// <summary>Opens a directory; the empty path is the root. Null when it is not there or a component is something else than a directory.</summary>
    IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> path);
}

/// <summary>An open directory. Names are single components. It stays the same directory when it is renamed meanwhile.</summary>
public interface IWorkingDirectory : IDisposable
{
    /// <summary>Null when the name is not there or is no directory.</summary>
    IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> name);

    /// <summary>Replaces the listing's content with the directory's entries, in git's tree order.</summary>
    void List(DirectoryListing listing);

    /// <summary>The status of the entry itself, not of what a link points to; null when it is not there.</summary>
    FileStatus? GetStatus(ReadOnlySpan<byte> name);

    /// <summary>A symbolic link's target; null when the name is not there or is no link.</summary>
    byte[]? ReadLink(ReadOnlySpan<byte> name);

    /// <summary>Opens a regular file to read; null when it is not there or is no regular file. Never waits for a pipe's writer.</summary>
    IWorkingFile? OpenRead(ReadOnlySpan<byte> name);

    /// <summary>Creates a new file, opened for writing, with the permissions the process's umask leaves of 0666 or 0777. Null where the name is taken, by whatever.</summary>
    IWorkingFile? TryCreate(ReadOnlySpan<byte> name, bool executable);

    /// <summary>Opens for reading and writing, created empty if it is not there.</summary>
    IWorkingFile OpenOrCreate(ReadOnlySpan<byte> name);

    /// <summary>False when the name is taken already, by whatever.</summary>
    bool CreateDirectory(ReadOnlySpan<byte> name);

    /// <summary>False when the name is taken already, by whatever.</summary>
    bool TryCreateSymlink(ReadOnlySpan<byte> name, ReadOnlySpan<byte> target);

    /// <summary>Gives an entry another name, maybe in another directory of the same working files. False when the name is not there or the other is taken; with <paramref name="replace"/> a file makes way.</summary>
    bool TryRename(ReadOnlySpan<byte> name, IWorkingDirectory toDirectory, ReadOnlySpan<byte> toName, bool replace);

    /// <summary>Removes an entry that is no directory; false when it is not there.</summary>
    bool Delete(ReadOnlySpan<byte> name);

    /// <summary>Removes an empty directory; false when it is not there, not empty or no directory.</summary>
    bool DeleteDirectory(ReadOnlySpan<byte> name);

    /// <summary>Sets a regular file's permission bits.</summary>
    void SetPermissions(ReadOnlySpan<byte> name, uint permissions);

    /// <summary>Makes the directory's entries durable.</summary>
    void Sync();
}

/// <summary>An open regular file with a position. Not thread-safe.</summary>
public interface IWorkingFile : IDisposable
{
    FileStatus GetStatus();

    /// <summary>Up to the buffer's length from the position; 0 at the end.</summary>
    int Read(Span<byte> buffer);

    /// <summary>All bytes, at the position.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Cuts or extends the file; the position stays.</summary>
    void SetLength(long sizeBytes);

    /// <summary>Makes the content durable.</summary>
    void Sync();

    /// <summary>Takes the file's exclusive lock, held until Dispose; false when another open file has it.</summary>
    bool TryLock();

    /// <summary>Maps the first bytes read-only; the caller disposes the mapping, which outlives the file. The file must only be replaced by rename while it is mapped.</summary>
    MemoryManager<byte> Map(int lengthBytes);
}
