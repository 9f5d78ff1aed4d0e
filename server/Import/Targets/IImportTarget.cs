using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.Import.Targets;

/// <summary>
/// Where an import writes: a repository's storage, here or on a server. Writes are durable when they return and safe to repeat.
/// Calls to <see cref="PutObjectsAsync"/> may overlap; all others come alone.
/// </summary>
public interface IImportTarget
{
    /// <summary>Makes the repository where it is not there, and reads its refs.</summary>
    ValueTask<RefSnapshot> OpenAsync(CancellationToken cancellationToken);

    /// <summary>For each id, whether the log holds that commit (then everything that it needs is stored). At most <see cref="IHistoryLog.EntriesMax"/>.</summary>
    ValueTask<IReadOnlyList<bool>> ContainsCommitsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Stores objects whose bytes were checked, in raw envelopes; those of one path stand together, older before newer. Their memory is the
    /// caller's again when this returns.
    /// </summary>
    ValueTask PutObjectsAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken);

    /// <summary>Appends commits, parents before children, whose objects are all stored. Commits that the log holds already are passed over.</summary>
    /// <exception cref="ImportException">TargetChanged: other writers were first every time.</exception>
    ValueTask AppendCommitsAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken);

    /// <summary>Makes all changes of refs or none, and sets the default branch unless it is null.</summary>
    /// <returns>False where a ref was not as expected: read the refs again.</returns>
    ValueTask<bool> UpdateRefsAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken);

    /// <summary>Brings the index of paths up to the log, where no server does it by itself.</summary>
    /// <param name="indexed">Told how many commits of the log the index has.</param>
    /// <param name="cancellationToken">Stops soon; what is left is done by the next import or by the server that opens the store.</param>
    ValueTask IndexPathsAsync(IProgress<long> indexed, CancellationToken cancellationToken);

    /// <summary>The refs now.</summary>
    ValueTask<RefSnapshot> ReadRefsAsync(CancellationToken cancellationToken);
}
