using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// Where a command puts what it is about to overwrite or delete in the working copy although no commit has it, so that <c>mr undo</c> brings it back. Found at the clone's lock.
/// Contents count once <see cref="Promise"/> has returned: call it before the first file is touched. Not thread-safe.
/// </summary>
public interface IDiscardedFiles
{
    /// <summary>Keeps a file's content or a link's target. Of a path that comes again the first content counts: it is what was there before the operation.</summary>
    /// <param name="path">From the top of the working copy.</param>
    /// <param name="mode">As a commit would record it.</param>
    /// <param name="content">What the file holds.</param>
    /// <returns>False where it is over the limit of an operation and not kept; <see cref="NotKept"/> names it then.</returns>
    bool Keep(ReadOnlySpan<byte> path, FileMode mode, ReadOnlySpan<byte> content);

    /// <summary>Keeps that a tracked file was not there, which the command is about to write: undo removes it again.</summary>
    void KeepAbsence(ReadOnlySpan<byte> path);

    /// <summary>Says of a file that it can't be kept: it is too large to be read.</summary>
    void Refuse(ReadOnlySpan<byte> path, long sizeBytes);

    /// <summary>Makes what was kept survive a crash and a power loss. Costs nothing where nothing was.</summary>
    void Promise();

    /// <summary>What was over the limit, for the command to tell.</summary>
    IReadOnlyList<NotKeptFile> NotKept { get; }
}

/// <summary>A file whose content is gone for good once it is overwritten.</summary>
public readonly record struct NotKeptFile(byte[] Path, long SizeBytes);
