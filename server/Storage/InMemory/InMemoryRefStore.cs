using Monorepo.Core;

namespace Monorepo.Storage.InMemory;

internal sealed class InMemoryRefStore(TimeProvider time) : IRefStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<RefName, StoredRef> _refs = [];
    private readonly List<RefUpdate> _log = [];
    private readonly OffsetSignal _signal = new(0);
    private long _trimmed;
    private RefName? _defaultBranch;

    private long Offset => _trimmed + _log.Count;

    public ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(new RefSnapshot(Offset, _defaultBranch, [.. _refs.Values]));
        }
    }

    public ValueTask<RefSnapshot> FindAsync(IReadOnlyList<RefName> names, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            StoredRef[] found = [.. names.Distinct().Order().Where(_refs.ContainsKey).Select(n => _refs[n])];
            return new(new RefSnapshot(Offset, _defaultBranch, found));
        }
    }

    public ValueTask<RefName?> FindClashAsync(IReadOnlyList<RefName> names, IReadOnlySet<RefName> gone, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_refs.Keys.Where(r => !gone.Contains(r) && names.Any(r.ClashesWith)).Select(static r => (RefName?)r).FirstOrDefault());
        }
    }

    public async ValueTask<IReadOnlyList<RefUpdateResult>> UpdateManyAsync(IReadOnlyList<RefUpdateRequest> updates, CancellationToken cancellationToken)
    {
        StorageLimits.CheckUpdates(updates);
        List<RefUpdateResult> results = new(updates.Count);
        foreach (RefUpdateRequest update in updates)
        {
            results.Add(await UpdateAsync(update.Changes, update.DefaultBranch, cancellationToken));
        }

        return results;
    }

    public ValueTask<RefUpdateResult> UpdateAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken)
    {
        StorageLimits.CheckChanges(changes);
        lock (_lock)
        {
            foreach (RefChange change in changes)
            {
                ObjectId? current = _refs.TryGetValue(change.Name, out StoredRef stored) ? stored.Target : null;
                if (current != change.Expected)
                {
                    return new(new RefUpdateResult(Offset, change.Name));
                }
            }

            foreach (RefChange change in changes)
            {
                if (change.Target is { } target)
                {
                    _refs[change.Name] = new StoredRef(change.Name, target, change.Peeled);
                }
                else
                {
                    _refs.Remove(change.Name);
                }
            }

            _defaultBranch = defaultBranch ?? _defaultBranch;
            if (changes.Count > 0)
            {
                _log.Add(new RefUpdate(Offset + 1, time.GetUtcNow().ToUnixTimeMilliseconds(), [.. changes]));
                _signal.Advance(Offset);
            }

            return new(new RefUpdateResult(Offset, null));
        }
    }

    public ValueTask<RefLogPage> ReadLogAsync(long afterOffset, int countMax, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterOffset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(countMax);
        lock (_lock)
        {
            List<RefUpdate> updates = [];
            long bytes = 0;
            for (long i = afterOffset - _trimmed; i >= 0 && i < _log.Count && updates.Count < countMax; i++)
            {
                bytes += SizeOf(_log[(int)i]);
                if (updates.Count > 0 && bytes > bytesMax)
                {
                    break;
                }

                updates.Add(_log[(int)i]);
            }

            return new(new RefLogPage(_trimmed + 1, Offset, updates));
        }
    }

    public Task WaitForUpdateAsync(long afterOffset, CancellationToken cancellationToken) => _signal.WaitAsync(afterOffset, cancellationToken);

    public ValueTask<long> TrimLogAsync(long countMax, long? keepFromUnixMilliseconds, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(countMax);
        lock (_lock)
        {
            int dropped = 0;
            while (dropped < _log.Count - 1 && (_log.Count - dropped > countMax || _log[dropped].UnixMilliseconds < keepFromUnixMilliseconds))
            {
                dropped++;
            }

            _log.RemoveRange(0, dropped);
            _trimmed += dropped;
            return new(dropped);
        }
    }

    private static long SizeOf(RefUpdate update) => update.Changes.Sum(static c => c.Name.Value.Length + (3L * ObjectId.Size));
}
