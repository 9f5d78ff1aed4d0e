namespace Monorepo.Storage.InMemory;

internal sealed class InMemoryPathIndex : IPathIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<PathChange>> _changes = new(StringComparer.Ordinal);
    private long _length;

    public ValueTask<long> GetLengthAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_length);
        }
    }

    public ValueTask<AppendResult> AppendAsync(
        long expectedLength, long length, IReadOnlyList<PathChanges> paths, CancellationToken cancellationToken)
    {
        StorageLimits.CheckPaths(expectedLength, length, paths);
        lock (_lock)
        {
            if (expectedLength != _length)
            {
                return new(AppendResult.LengthChanged);
            }

            foreach (PathChanges path in paths)
            {
                string key = Key(path.Path);
                if (!_changes.TryGetValue(key, out List<PathChange>? changes))
                {
                    _changes.Add(key, changes = []);
                }

                changes.AddRange(path.Changes.Span);
            }

            _length = length;
            return new(AppendResult.Appended);
        }
    }

    public ValueTask<IReadOnlyList<PathChange>> ReadAsync(
        ReadOnlyMemory<byte> path, long belowPosition, int countMax, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(Read(path, belowPosition, countMax));
        }
    }

    public ValueTask<IReadOnlyList<IReadOnlyList<PathChange>>> ReadEachAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> paths, long belowPosition, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(paths.Count, IPathIndex.PathsMax, nameof(paths));
        lock (_lock)
        {
            return new([.. paths.Select(path => Read(path, belowPosition, countMax))]);
        }
    }

    private PathChange[] Read(ReadOnlyMemory<byte> path, long belowPosition, int countMax) =>
        _changes.TryGetValue(Key(path), out List<PathChange>? changes)
            ? [.. changes.AsEnumerable().Reverse().Where(c => c.Position < belowPosition).Take(countMax)]
            : [];

    private static string Key(ReadOnlyMemory<byte> path) => Convert.ToHexStringLower(path.Span);
}
