using Monorepo.Core;

namespace Monorepo.Storage;

/// <summary>
/// A place that holds repositories. Implementations are safe for concurrent use; what they promise is pinned by one
/// conformance suite that runs over all of them, with the in-memory engine as the executable specification.
/// </summary>
public interface IStorageEngine : IAsyncDisposable
{
    /// <summary>The repository, or null where there is none of that name.</summary>
    ValueTask<IRepository?> OpenAsync(RepositoryName name, CancellationToken cancellationToken);

    /// <summary>The repository; made, durably and empty, where it is not there yet.</summary>
    ValueTask<IRepository> CreateAsync(RepositoryName name, CancellationToken cancellationToken);

    /// <summary>The names of all repositories, sorted.</summary>
    ValueTask<IReadOnlyList<RepositoryName>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>
/// One repository. The write order that makes it safe on any engine: objects first, then the log, then one change of refs
/// makes them visible. A crash between any two leaves objects nobody sees, which the next writer finds already there.
/// Owned by the engine: callers do not dispose it.
/// </summary>
public interface IRepository
{
    RepositoryName Name { get; }

    IObjectStore Objects { get; }

    IHistoryLog History { get; }

    IRefStore Refs { get; }

    IPathIndex Paths { get; }
}
