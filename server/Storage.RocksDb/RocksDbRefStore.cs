using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// Refs by name in <c>refs</c>, updates by offset in <c>reflog</c>, changed in one batch under the repository's lock. Once all were asked for, they stay
/// in memory.
/// </summary>
internal sealed class RocksDbRefStore : IRefStore
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly TimeProvider _time;
    private readonly Lock _updating = new();
    private readonly OffsetSignal _signal;
    private long _offset;
    private RefTable? _table;

    // The oldest entry of the log; one past the newest where there is none.
    private long _earliest;

    public RocksDbRefStore(StoreDatabase store, uint repository, TimeProvider time)
    {
        _store = store;
        _repository = repository;
        _time = time;
        _offset = store.FindLastPosition(store.RefLog, repository) ?? 0;
        _earliest = store.FindFirstPosition(store.RefLog, repository) ?? _offset + 1;
        _signal = new OffsetSignal(_offset);
    }

    public ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken) => _store.RunAsync(ReadAll, cancellationToken);

    public ValueTask<RefSnapshot> FindAsync(IReadOnlyList<RefName> names, CancellationToken cancellationToken) =>
        _store.RunAsync(() => Find(names), cancellationToken);

    public ValueTask<RefName?> FindClashAsync(IReadOnlyList<RefName> names, IReadOnlySet<RefName> gone, CancellationToken cancellationToken) =>
        _store.RunAsync(() => FindClash(names, gone), cancellationToken);

    public async ValueTask<RefUpdateResult> UpdateAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken) =>
        (await UpdateManyAsync([new RefUpdateRequest(changes, defaultBranch)], cancellationToken))[0];

    public ValueTask<IReadOnlyList<RefUpdateResult>> UpdateManyAsync(IReadOnlyList<RefUpdateRequest> updates, CancellationToken cancellationToken)
    {
        StorageLimits.CheckUpdates(updates);
        return _store.RunAsync<IReadOnlyList<RefUpdateResult>>(() => Update(updates), cancellationToken);
    }

    public ValueTask<RefLogPage> ReadLogAsync(long afterOffset, int countMax, int bytesMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterOffset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(countMax);
        return _store.RunAsync(() => ReadLog(afterOffset, countMax, bytesMax), cancellationToken);
    }

    public Task WaitForUpdateAsync(long afterOffset, CancellationToken cancellationToken) => _signal.WaitAsync(afterOffset, cancellationToken);

    public ValueTask<long> TrimLogAsync(long countMax, long? keepFromUnixMilliseconds, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(countMax);
        return _store.RunAsync(() => TrimLog(countMax, keepFromUnixMilliseconds), cancellationToken);
    }

    private RefSnapshot ReadAll()
    {
        lock (_updating)
        {
            _table ??= new RefTable(Read());
            return _table.Read();
        }
    }

    private RefSnapshot Read()
    {
        using Snapshot snapshot = _store.Database.CreateSnapshot();
        long offset = _store.FindLastPosition(_store.RefLog, _repository, snapshot) ?? 0;
        RefName? defaultBranch = null;
        List<StoredRef> refs = [];
        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.Refs, StoreKeys.RepositoryStart(_repository), StoreKeys.RepositoryEnd(_repository), snapshot, fillCache: false);
        for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
        {
            ReadOnlySpan<byte> name = iterator.Key[StoreKeys.RepositoryBytes..];
            if (name.SequenceEqual(StoreKeys.DefaultBranch))
            {
                defaultBranch = RefUpdateValue.DecodeName(iterator.Value);
                continue;
            }

            RefValue value = RefValue.Decode(iterator.Value);
            refs.Add(new StoredRef(RefUpdateValue.DecodeName(name), value.Target, value.Peeled));
        }

        // The keys are in UTF-8's order, which is not UTF-16's beyond the basic plane; nearly always this finds them sorted.
        refs.Sort(static (a, b) => a.Name.CompareTo(b.Name));
        return new RefSnapshot(offset, defaultBranch, refs);
    }

    private RefSnapshot Find(IReadOnlyList<RefName> names)
    {
        // Changes are made under the lock, so what is read under it is of one moment.
        lock (_updating)
        {
            List<StoredRef> refs = [];
            foreach (RefName name in names.Distinct().Order())
            {
                using PinnedValue? value = _store.Get(_store.Refs, StoreKeys.Ref(_repository, name.Value));
                if (value is not null)
                {
                    RefValue found = RefValue.Decode(value.Span);
                    refs.Add(new StoredRef(name, found.Target, found.Peeled));
                }
            }

            using PinnedValue? head = _store.Get(_store.Refs, StoreKeys.HeadOf(_repository));
            return new RefSnapshot(_offset, head is null ? null : RefUpdateValue.DecodeName(head.Span), refs);
        }
    }

    private RefName? FindClash(IReadOnlyList<RefName> names, IReadOnlySet<RefName> gone)
    {
        lock (_updating)
        {
            foreach (RefName name in names)
            {
                if ((FindAbove(name, gone) ?? FindBelow(name, gone)) is { } clash)
                {
                    return clash;
                }
            }

            return null;
        }
    }

    private RefName? FindAbove(RefName name, IReadOnlySet<RefName> gone)
    {
        string value = name.Value;
        for (int slash = value.LastIndexOf('/'); slash > 0; slash = value.LastIndexOf('/', slash - 1))
        {
            if (RefName.TryParse(value[..slash], out RefName above) && !gone.Contains(above))
            {
                using PinnedValue? found = _store.Get(_store.Refs, StoreKeys.Ref(_repository, above.Value));
                if (found is not null)
                {
                    return above;
                }
            }
        }

        return null;
    }

    private RefName? FindBelow(RefName name, IReadOnlySet<RefName> gone)
    {
        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.Refs, StoreKeys.Ref(_repository, name.Value + "/"), StoreKeys.Ref(_repository, name.Value + "0"));
        for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
        {
            RefName below = RefUpdateValue.DecodeName(iterator.Key[StoreKeys.RepositoryBytes..]);
            if (!gone.Contains(below))
            {
                return below;
            }
        }

        return null;
    }

    private RefUpdateResult[] Update(IReadOnlyList<RefUpdateRequest> updates)
    {
        lock (_updating)
        {
            using WriteBatch batch = new();
            Dictionary<RefName, ObjectId?> changed = [];
            RefUpdateResult[] results = new RefUpdateResult[updates.Count];
            long offset = _offset;
            for (int i = 0; i < results.Length; i++)
            {
                RefName? conflict = FindConflict(updates[i].Changes, changed);
                if (conflict is null)
                    offset = Add(batch, updates[i], offset, changed);
                results[i] = new RefUpdateResult(offset, conflict);
            }

            if (batch.Count > 0)
                _store.Database.Write(batch, sync: true);
            Interlocked.Exchange(ref _offset, offset);
            for (int i = 0; i < results.Length; i++)
            {
                if (results[i].IsAccepted)
                    _table?.Apply(updates[i], results[i].Offset);
            }

            _signal.Advance(offset);
            return results;
        }
    }

    private RefName? FindConflict(IReadOnlyList<RefChange> changes, Dictionary<RefName, ObjectId?> changed)
    {
        foreach (RefChange change in changes)
        {
            if (!changed.TryGetValue(change.Name, out ObjectId? current))
                current = ReadTarget(StoreKeys.Ref(_repository, change.Name.Value));
            if (current != change.Expected)
                return change.Name;
        }

        return null;
    }

    /// <returns>The ref-update log's offset with the update.</returns>
    private long Add(WriteBatch batch, RefUpdateRequest update, long offset, Dictionary<RefName, ObjectId?> changed)
    {
        foreach (RefChange change in update.Changes)
        {
            byte[] key = StoreKeys.Ref(_repository, change.Name.Value);
            changed[change.Name] = change.Target;
            if (change.Target is { } target)
                batch.Put(_store.Refs, key, new RefValue(target, change.Peeled).Encode());
            else
                batch.Delete(_store.Refs, key);
        }

        if (update.DefaultBranch is { } branch)
            batch.Put(_store.Refs, StoreKeys.HeadOf(_repository), StoreKeys.Utf8.GetBytes(branch.Value));
        if (update.Changes.Count == 0)
            return offset;

        byte[] value = RefUpdateValue.Encode(_time.GetUtcNow().ToUnixTimeMilliseconds(), update.Changes);
        batch.Put(_store.RefLog, StoreKeys.Position(_repository, offset + 1), value);
        return offset + 1;
    }

    private ObjectId? ReadTarget(byte[] key)
    {
        using PinnedValue? value = _store.Get(_store.Refs, key);
        return value is null ? null : RefValue.Decode(value.Span).Target;
    }

    private RefLogPage ReadLog(long afterOffset, int countMax, int bytesMax)
    {
        // The newest first, then the oldest: entries dropped meanwhile show as lost, never as a gap.
        long latest = Interlocked.Read(ref _offset);
        List<RefUpdate> updates = [];
        if (afterOffset < latest)
        {
            ReadLog(afterOffset, Math.Min(countMax, latest - afterOffset), bytesMax, updates);
        }

        long earliest = Interlocked.Read(ref _earliest);
        if (afterOffset < earliest - 1)
        {
            updates.Clear();
        }
        else if (updates.Count == 0 && afterOffset < latest)
        {
            throw StorageFailures.Corrupt($"the ref-update log lacks entry {afterOffset + 1}");
        }

        return new RefLogPage(earliest, latest, updates);
    }

    private void ReadLog(long afterOffset, long countMax, int bytesMax, List<RefUpdate> updates)
    {
        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.RefLog, StoreKeys.Position(_repository, afterOffset + 1), StoreKeys.RepositoryEnd(_repository), fillCache: false);
        long bytes = 0;
        for (bool valid = iterator.SeekToFirst(); valid && updates.Count < countMax; valid = iterator.MoveNext())
        {
            long offset = StoreKeys.ReadPosition(iterator.Key);
            if (offset != afterOffset + 1 + updates.Count)
            {
                // Before the first kept entry this is what trimming leaves; between entries it is damage.
                if (updates.Count == 0)
                    return;
                throw StorageFailures.Corrupt($"the ref-update log lacks entry {afterOffset + 1 + updates.Count}");
            }

            bytes += iterator.Value.Length;
            if (updates.Count > 0 && bytes > bytesMax)
                return;
            updates.Add(RefUpdateValue.Decode(offset, iterator.Value));
        }
    }

    private long TrimLog(long countMax, long? keepFromUnixMilliseconds)
    {
        lock (_updating)
        {
            long first = Math.Max(_earliest, _offset - countMax + 1);
            if (keepFromUnixMilliseconds is { } keepFrom)
                first = FindFirstSince(first, keepFrom);
            if (first <= _earliest)
                return 0;

            // Not synced: a crash brings entries back, and the next trim drops them again.
            using WriteBatch batch = new();
            batch.DeleteRange(_store.RefLog, StoreKeys.Position(_repository, _earliest), StoreKeys.Position(_repository, first));
            long dropped = first - _earliest;
            Interlocked.Exchange(ref _earliest, first);
            _store.Database.Write(batch, sync: false);
            return dropped;
        }
    }

    /// <returns>The first entry from an offset on that is no older than the time; the newest where all are.</returns>
    private long FindFirstSince(long offset, long keepFromUnixMilliseconds)
    {
        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.RefLog, StoreKeys.Position(_repository, offset), StoreKeys.RepositoryEnd(_repository), fillCache: false);
        for (bool valid = iterator.SeekToFirst(); valid && offset < _offset; valid = iterator.MoveNext(), offset++)
        {
            if (RefUpdateValue.ReadTime(iterator.Value) >= keepFromUnixMilliseconds)
                break;
        }

        return offset;
    }
}
