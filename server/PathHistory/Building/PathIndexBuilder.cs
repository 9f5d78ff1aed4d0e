using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.PathHistory.Building;

/// <summary>How a builder uses memory. The defaults take about 150 MB while it works.</summary>
public sealed record PathIndexBuilderOptions
{
    /// <summary>Trees kept to compare the next commits with.</summary>
    public long TreeCacheBytesMax { get; init; } = 64L << 20;

    /// <summary>Changes after which a batch is written. A stop loses at most one batch of work.</summary>
    public int BatchChangesMax { get; init; } = 1 << 20;

    /// <summary>Memory of a batch's paths after which it is written.</summary>
    public long BatchPathBytesMax { get; init; } = 48L << 20;

    /// <summary>Commits compared together. More make larger reads.</summary>
    public int CommitsMax { get; init; } = 256;
}

/// <summary>What one run did.</summary>
/// <param name="Commits">Commits taken from the log.</param>
/// <param name="Changes">Changes of paths, those of directories included.</param>
/// <param name="TreesRead">Trees read from the store.</param>
/// <param name="TreesMissing">Trees that the store should have and has not; changes below them are unknown.</param>
public readonly record struct PathIndexBuildResult(long Commits, long Changes, long TreesRead, long TreesMissing);

/// <summary>
/// Continues a repository's path index from the log: a consumer that keeps its position in the index itself, in one write with what it
/// adds there, so that it may be stopped at any moment. One at a time for a repository; two do the same work twice and harm nothing.
/// </summary>
public sealed class PathIndexBuilder(IRepository repository, PathIndexBuilderOptions? options = null)
{
    private const int LogBytesMax = 4 << 20;

    private readonly PathIndexBuilderOptions _options = options ?? new PathIndexBuilderOptions();

    /// <summary>Works until the index has every commit of the log.</summary>
    /// <param name="progress">Told the index's length after each batch.</param>
    /// <param name="cancellationToken">Stops soon; the work since the last batch is done again by the next run.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    /// <exception cref="CorruptObjectException">An object in the store is damaged.</exception>
    /// <exception cref="MalformedObjectException">A commit's or tree's bytes are none.</exception>
    public async Task<PathIndexBuildResult> CatchUpAsync(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        TreeSource trees = new(repository.Objects, _options.TreeCacheBytesMax);
        CommitTrees commits = new(repository.Objects);
        PathTable paths = new();
        ChangeList changes = new(paths);
        HistoryComparison comparison = new(trees, paths, changes);
        long start = await repository.Paths.GetLengthAsync(cancellationToken);
        long written = start;
        long position = start;
        long added = 0;
        long length;
        while (position < (length = await repository.History.GetLengthAsync(cancellationToken)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            IReadOnlyList<LogEntry> entries = await repository.History.ReadAsync(position, _options.CommitsMax, LogBytesMax, cancellationToken);
            await comparison.AddAsync((int)(position - written), await commits.ResolveAsync(entries, cancellationToken), cancellationToken);
            position += entries.Count;
            if (position < length && changes.Count < _options.BatchChangesMax && paths.Bytes < _options.BatchPathBytesMax)
                continue;

            added += changes.Count;
            AppendResult result = await repository.Paths.AppendAsync(written, position, changes.Take(written), cancellationToken);
            paths.Clear();
            if (result == AppendResult.LengthChanged)
                position = await repository.Paths.GetLengthAsync(cancellationToken);
            written = position;
            progress?.Report(written);
        }

        return new PathIndexBuildResult(written - start, added, trees.Reads, trees.Missing);
    }
}
