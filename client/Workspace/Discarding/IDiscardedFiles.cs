using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Discarding;

/// <summary>
/// Keeps files that commands are about to overwrite or delete because they were told to, and whose contents no commit is known to have. Called
/// under the clone's lock, once for each file, by several threads at a time.
/// </summary>
public interface IDiscardedFiles
{
    /// <summary>Returns when the file may go; an exception stops the command before it goes.</summary>
    /// <param name="path">From the working copy's top.</param>
    /// <param name="mode">A file, an executable or a link.</param>
    /// <param name="content">The file's bytes, or the link's target. Valid until the call returns.</param>
    void Keep(ReadOnlySpan<byte> path, FileMode mode, ReadOnlyMemory<byte> content);
}
