namespace Monorepo.Storage;

/// <summary>A commit that changed a path: what the path names (mode and id, or nothing) is not what it names in the commit's first parent.</summary>
/// <param name="Position">The commit's, in the history log.</param>
/// <param name="SameParents">
/// For merges: bit <c>k-1</c> says that parent <c>k</c> (the first is 0) names at this path, by id, what the commit names. The bits of parents
/// past <see cref="IPathIndex.ParentsMax"/> are never set. 0 for commits with fewer than two parents.
/// </param>
public readonly record struct PathChange(long Position, ulong SameParents);

/// <summary>A path with commits that changed it.</summary>
/// <param name="Path">Names joined by single slashes, without one at either end; the root is empty. At most <see cref="IPathIndex.PathBytesMax"/>.</param>
/// <param name="Changes">Ascending, each position once.</param>
public readonly record struct PathChanges(ReadOnlyMemory<byte> Path, ReadOnlyMemory<PathChange> Changes);

/// <summary>
/// Which commits changed a path, for every path that ever was: files and directories, the root too. It is derived from the log and the
/// trees, so it may stand behind the log, and is continued from where it stands (<see cref="GetLengthAsync"/>).
/// </summary>
/// <remarks>
/// Only the difference to the first parent is listed, as in git's changed-path filters: a merge then costs what it brought in and
/// not what both sides changed since they parted. A commit that is not listed has at this path what its first parent has.
/// </remarks>
public interface IPathIndex
{
    /// <summary>Bytes of the longest path; git's own limit.</summary>
    const int PathBytesMax = 4_096;

    /// <summary>Parents after the first that <see cref="PathChange.SameParents"/> tells of.</summary>
    const int ParentsMax = 64;

    /// <summary>Paths one append or read may name.</summary>
    const int PathsMax = 4_194_304;

    /// <summary>The log positions below it are in the index; the others are not.</summary>
    ValueTask<long> GetLengthAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Adds the changes of the commits from <paramref name="expectedLength"/> on and below <paramref name="length"/>, all or none. A
    /// path may stand once. It survives the end of the process; a crash of the machine may take the newest appends back, whole.
    /// </summary>
    /// <exception cref="ArgumentException">A position outside of the range or out of order, a path too long: a broken caller.</exception>
    ValueTask<AppendResult> AppendAsync(
        long expectedLength, long length, IReadOnlyList<PathChanges> paths, CancellationToken cancellationToken);

    /// <summary>
    /// The newest changes of a path below a position, newest first, at most <paramref name="countMax"/>. Costs what it returns and
    /// not the path's whole history. Empty for a path that never was.
    /// </summary>
    ValueTask<IReadOnlyList<PathChange>> ReadAsync(
        ReadOnlyMemory<byte> path, long belowPosition, int countMax, CancellationToken cancellationToken);

    /// <summary>As <see cref="ReadAsync(ReadOnlyMemory{byte}, long, int, CancellationToken)"/>, for many paths in one call, in their order.</summary>
    ValueTask<IReadOnlyList<IReadOnlyList<PathChange>>> ReadEachAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, long belowPosition, int countMax, CancellationToken cancellationToken);
}
