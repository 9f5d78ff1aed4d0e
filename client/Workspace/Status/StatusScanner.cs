using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>
/// Compares a working tree with the files of the checked-out commit in one walk: directories are listed once, through descriptors, and merged
/// with the sorted tracked files. A file's contents are read only where its status can't prove that they are unchanged. Memory grows with the depth of the tree,
/// the largest directory and the number of reported paths, not with the number of files.
/// </summary>
/// <remarks>
/// The result is git's, with one deliberate likeness: where a directory took a tracked file's place, the file is <see cref="StatusCode.Deleted"/>
/// and the directory itself is not listed. A directory that is a repository of its own (it has ".git" or ".mr") is one untracked path.
/// Submodules are only looked at for being a directory. Files may change while the scan runs; a name that vanishes counts as deleted.
/// Thread-safe: a scanner holds no state.
/// </remarks>
public sealed class StatusScanner
{
    /// <summary>Unreadable paths kept in a result; the count goes on.</summary>
    public const int UnreadableReportedMax = 1000;

    private readonly byte[] _top;
    private readonly TimeProvider _time;

    /// <param name="top">The top directory of the working tree: absolute, or relative to the process's directory.</param>
    /// <param name="time">The clock the file system's times are compared with.</param>
    public StatusScanner(ReadOnlySpan<byte> top, TimeProvider time)
    {
        _top = top.ToArray();
        _time = time;
    }

    /// <summary>Scans on a pool thread.</summary>
    /// <param name="tracked">The files of the checked-out commit; consumed by the scan.</param>
    /// <param name="options">What to look for.</param>
    /// <param name="progress">Told the number of files seen, every few thousand; may be null.</param>
    /// <param name="cancellationToken">Checked in every directory and every file that is read.</param>
    /// <exception cref="PosixException">The top can't be opened, or the system failed in another way than forbidding access; its path says where.</exception>
    public Task<StatusResult> ScanAsync(ITrackedFiles tracked, StatusOptions options, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tracked);
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Scan(tracked, options, progress, cancellationToken), cancellationToken);
    }

    internal StatusResult Scan(ITrackedFiles tracked, StatusOptions options, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        PosixDirectory.Open(_top, OpenFlags.Directory, 0, out FileDescriptor? top).ThrowIfFailed("open", _top);
        using (top)
        using (TreeScan scan = new(tracked, options, _time, progress, cancellationToken))
            return scan.Run(top!);
    }

    /// <summary>What is in the top directory.</summary>
    /// <exception cref="PosixException">It can't be read.</exception>
    internal DirectoryListing ListTop()
    {
        DirectoryListing listing = new();
        PosixDirectory.Open(_top, OpenFlags.Directory, 0, out FileDescriptor? top).ThrowIfFailed("open", _top);
        using (top)
            listing.Fill(top!, new byte[DirectoryReader.BufferBytes]);
        return listing;
    }

    /// <summary>
    /// Scans paths and what is below them. For each of them the result has what a whole scan's has, except that a directory with untracked files only is
    /// one line of its own even where it is in another such directory: the caller names the topmost.
    /// </summary>
    /// <param name="tracked">The files of the checked-out commit.</param>
    /// <param name="options">What to look for.</param>
    /// <param name="paths">Without a slash at their ends; ascending; none in another. The single path "" is the whole tree.</param>
    /// <param name="cancellationToken">Checked in every directory and every file that is read.</param>
    /// <exception cref="PosixException">As <see cref="ScanAsync"/>.</exception>
    internal StatusResult ScanPaths(ITrackedFiles tracked, StatusOptions options, IReadOnlyList<byte[]> paths, CancellationToken cancellationToken)
    {
        if (paths is [{ Length: 0 }])
            return Scan(tracked, options, null, cancellationToken);
        PosixDirectory.Open(_top, OpenFlags.Directory, 0, out FileDescriptor? top).ThrowIfFailed("open", _top);
        using (top)
        using (TreeScan scan = new(tracked, options, _time, null, cancellationToken))
            return scan.Run(top!, paths);
    }
}
