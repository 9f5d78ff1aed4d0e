using Monorepo.Core;

namespace Monorepo.Storage.InMemory;

internal sealed class InMemoryRefStore(TimeProvider time) : IRefStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<RefName, StoredRef> _refs = [];
    private readonly List<RefUpdate> _log = [];
    private RefName? _defaultBranch;

    public ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(new RefSnapshot(_log.Count, _defaultBranch, [.. _refs.Values]));
        }
    }

    public ValueTask<RefSnapshot> FindAsync(IReadOnlyList<RefName> names, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            StoredRef[] found = [.. names.Distinct().Order().Where(_refs.ContainsKey).Select(n => _refs[n])];
            return new(new RefSnapshot(_log.Count, _defaultBranch, found));
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
                    return new(new RefUpdateResult(_log.Count, change.Name));
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
                _log.Add(new RefUpdate(_log.Count + 1, time.GetUtcNow().ToUnixTimeMilliseconds(), [.. changes]));
            }

            return new(new RefUpdateResult(_log.Count, null));
        }
    }

    public ValueTask<IReadOnlyList<RefUpdate>> ReadLogAsync(long afterOffset, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterOffset);
        lock (_lock)
        {
            return new([.. _log.Skip((int)Math.Min(afterOffset, int.MaxValue)).Take(countMax)]);
        }
    }
}
