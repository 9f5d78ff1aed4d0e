using System.Collections.Concurrent;
using System.Security.Cryptography;
using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Storage.InMemory;

/// <summary>Repositories in this process's memory: the executable specification of the storage interfaces, and the engine of tests.</summary>
/// <param name="time">Dates ref updates.</param>
/// <param name="segmentCommits">Commits a segment of the log is sealed at; fewer than the default for tests.</param>
public sealed class InMemoryEngine(TimeProvider? time = null, int segmentCommits = SegmentFormat.CommitsPerSegment) : IStorageEngine
{
    private readonly ConcurrentDictionary<RepositoryName, InMemoryRepository> _repositories = new();
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public ValueTask<IRepository?> OpenAsync(RepositoryName name, CancellationToken cancellationToken) =>
        new(_repositories.GetValueOrDefault(name));

    public ValueTask<IRepository> CreateAsync(RepositoryName name, CancellationToken cancellationToken) =>
        new(_repositories.GetOrAdd(name, n => new InMemoryRepository(n, _time, segmentCommits)));

    public ValueTask<IReadOnlyList<RepositoryName>> ListAsync(CancellationToken cancellationToken) =>
        new([.. _repositories.Keys.OrderBy(n => n.Value, StringComparer.Ordinal)]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class InMemoryRepository(RepositoryName name, TimeProvider time, int segmentCommits) : IRepository
    {
        public RepositoryName Name { get; } = name;

        public IObjectStore Objects { get; } = new InMemoryObjectStore();

        public IHistoryLog History { get; } =
            new InMemoryHistoryLog(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1, segmentCommits);

        public IRefStore Refs { get; } = new InMemoryRefStore(time);

        public IPathIndex Paths { get; } = new InMemoryPathIndex();
    }
}
