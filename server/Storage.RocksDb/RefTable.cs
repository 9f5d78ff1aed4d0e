using Monorepo.Core;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// A repository's refs in memory, so that reading all of them costs nothing while none changes and one copy of the list when some did. Some 200
/// bytes for each ref. Not thread-safe: the ref store's lock guards it.
/// </summary>
internal sealed class RefTable
{
    private readonly SortedDictionary<RefName, StoredRef> _refs = [];
    private RefName? _defaultBranch;
    private long _offset;
    private RefSnapshot? _snapshot;

    /// <param name="snapshot">All refs as they are in the store.</param>
    public RefTable(RefSnapshot snapshot)
    {
        foreach (StoredRef stored in snapshot.Refs)
            _refs.Add(stored.Name, stored);
        _defaultBranch = snapshot.DefaultBranch;
        _offset = snapshot.Offset;
        _snapshot = snapshot;
    }

    /// <summary>The refs as they are now; the same object as long as nothing changes.</summary>
    public RefSnapshot Read() => _snapshot ??= new RefSnapshot(_offset, _defaultBranch, [.. _refs.Values]);

    /// <summary>Takes over an update that is written.</summary>
    public void Apply(RefUpdateRequest update, long offset)
    {
        foreach (RefChange change in update.Changes)
        {
            if (change.Target is { } target)
                _refs[change.Name] = new StoredRef(change.Name, target, change.Peeled);
            else
                _refs.Remove(change.Name);
        }

        _defaultBranch = update.DefaultBranch ?? _defaultBranch;
        _offset = offset;
        _snapshot = null;
    }
}
