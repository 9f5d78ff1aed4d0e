using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>Refs by name in <c>refs</c>, updates by offset in <c>reflog</c>, changed in one batch under the repository's lock.</summary>
internal sealed class RocksDbRefStore : IRefStore
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly TimeProvider _time;
    private readonly Lock _updating = new();
    private long _offset;

    public RocksDbRefStore(StoreDatabase store, uint repository, TimeProvider time)
    {
        _store = store;
        _repository = repository;
        _time = time;
        _offset = store.FindLastPosition(store.RefLog, repository) ?? 0;
    }

    public ValueTask<RefSnapshot> ReadAsync(CancellationToken cancellationToken) => _store.RunAsync(Read, cancellationToken);

    public ValueTask<RefUpdateResult> UpdateAsync(IReadOnlyList<RefChange> changes, RefName? defaultBranch, CancellationToken cancellationToken)
    {
        StorageLimits.CheckChanges(changes);
        return _store.RunAsync(() => Update(changes, defaultBranch), cancellationToken);
    }

    public ValueTask<IReadOnlyList<RefUpdate>> ReadLogAsync(long afterOffset, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterOffset);
        return _store.RunAsync<IReadOnlyList<RefUpdate>>(() => ReadLog(afterOffset, countMax), cancellationToken);
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

    private RefUpdateResult Update(IReadOnlyList<RefChange> changes, RefName? defaultBranch)
    {
        lock (_updating)
        {
            using WriteBatch batch = new();
            foreach (RefChange change in changes)
            {
                byte[] key = StoreKeys.Ref(_repository, change.Name.Value);
                if (ReadTarget(key) != change.Expected)
                    return new RefUpdateResult(_offset, change.Name);

                if (change.Target is { } target)
                    batch.Put(_store.Refs, key, new RefValue(target, change.Peeled).Encode());
                else
                    batch.Delete(_store.Refs, key);
            }

            if (defaultBranch is { } branch)
                batch.Put(_store.Refs, StoreKeys.HeadOf(_repository), StoreKeys.Utf8.GetBytes(branch.Value));

            long offset = _offset;
            if (changes.Count > 0)
            {
                offset++;
                byte[] update = RefUpdateValue.Encode(_time.GetUtcNow().ToUnixTimeMilliseconds(), changes);
                batch.Put(_store.RefLog, StoreKeys.Position(_repository, offset), update);
            }

            if (batch.Count > 0)
                _store.Database.Write(batch, sync: true);
            _offset = offset;
            return new RefUpdateResult(offset, null);
        }
    }

    private ObjectId? ReadTarget(byte[] key)
    {
        using PinnedValue? value = _store.Get(_store.Refs, key);
        return value is null ? null : RefValue.Decode(value.Span).Target;
    }

    private List<RefUpdate> ReadLog(long afterOffset, int countMax)
    {
        List<RefUpdate> updates = [];
        if (countMax <= 0 || afterOffset == long.MaxValue)
            return updates;

        using KeyIterator iterator = _store.Database.CreateIterator(
            _store.RefLog, StoreKeys.Position(_repository, afterOffset + 1), StoreKeys.RepositoryEnd(_repository), fillCache: false);
        for (bool valid = iterator.SeekToFirst(); valid && updates.Count < countMax; valid = iterator.MoveNext())
        {
            long offset = StoreKeys.ReadPosition(iterator.Key);
            if (offset != afterOffset + 1 + updates.Count)
                throw StorageFailures.Corrupt($"the ref-update log lacks entry {afterOffset + 1 + updates.Count}");
            updates.Add(RefUpdateValue.Decode(offset, iterator.Value));
        }

        return updates;
    }
}
