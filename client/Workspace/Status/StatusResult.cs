using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>What a scan found.</summary>
/// <param name="Entries">In git's order: tracked paths that changed, then untracked ones, then ignored ones; by bytes within each.</param>
/// <param name="StatUpdates">What to record before the dirstate is saved the next time. All of them must be applied, or none and no save.</param>
/// <param name="Unreadable">The first <see cref="StatusScanner.UnreadableReportedMax"/> paths that the user may not look at.</param>
/// <param name="UnreadableCount">How many such paths there are; the status is complete only when it is 0.</param>
/// <param name="FileCount">Files and links seen, tracked or not.</param>
public sealed record StatusResult(
    IReadOnlyList<StatusEntry> Entries,
    IReadOnlyList<StatUpdate> StatUpdates,
    IReadOnlyList<UnreadablePath> Unreadable,
    int UnreadableCount,
    long FileCount)
{
    /// <summary>No tracked path changed and none is untracked.</summary>
    public bool IsClean => Entries.Count == 0 || Entries[0].Code == StatusCode.Ignored;
}

/// <summary>
/// A change to the recorded status of a tracked file whose commit contents stay the same.
/// </summary>
/// <param name="Path">The tracked path.</param>
/// <param name="Status">
/// What the unchanged file looks like now. Null: forget what was recorded, because a file with this very status holds other contents,
/// or may before the clock moves on; a dirstate saved later with the recorded status would make a changed file look clean.
/// </param>
public readonly record struct StatUpdate(byte[] Path, FileStatus? Status);

/// <summary>
/// A path the scan was not allowed to look at. A tracked file of which the contents can't be compared is reported as modified, as git does;
/// tracked files that can't be reached are left out; an untracked directory that can't be listed is taken as empty.
/// </summary>
/// <param name="Path">Relative to the top; empty is the top itself.</param>
/// <param name="Operation">The system call, by its C name.</param>
/// <param name="Errno">Its answer.</param>
public readonly record struct UnreadablePath(byte[] Path, string Operation, Errno Errno);
