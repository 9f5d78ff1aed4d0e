using System.Collections.Concurrent;
using Monorepo.Core;

namespace Monorepo.Workspace.Objects;

/// <summary>
/// Objects this process holds in memory: trees read lately, because walks read them again, and what the cache could not keep.
/// Bounded; thread-safe.
/// </summary>
internal sealed class ObjectMemory(long recentBytesMax, long keptBytesMax)
{
    private readonly ConcurrentDictionary<ObjectId, GitObject> _kept = new();
    private ConcurrentDictionary<ObjectId, GitObject> _recent = new();
    private ConcurrentDictionary<ObjectId, GitObject> _older = new();
    private long _keptBytes;
    private long _recentBytes;

    public GitObject? Find(ObjectId id) =>
        _kept.TryGetValue(id, out GitObject? found) || _recent.TryGetValue(id, out found) || _older.TryGetValue(id, out found) ? found : null;

    /// <summary>Those that are remembered now.</summary>
    public IEnumerable<GitObject> Trees => _recent.Values.Concat(_older.Values).Concat(_kept.Values.Where(static o => o.Kind == ObjectKind.Tree));

    /// <summary>Remembers a tree for a while: two generations, the older one goes as a whole.</summary>
    public void Remember(GitObject item)
    {
        if (item.Kind != ObjectKind.Tree || !_recent.TryAdd(item.Id, item))
        {
            return;
        }

        if (Interlocked.Add(ref _recentBytes, item.Body.Length + OverheadBytes) > recentBytesMax / 2)
        {
            Interlocked.Exchange(ref _recentBytes, 0);
            _older = _recent;
            _recent = new ConcurrentDictionary<ObjectId, GitObject>();
        }
    }

    /// <summary>Keeps an object for this process's life; false where the bound is reached.</summary>
    public bool TryKeep(GitObject item)
    {
        if (Interlocked.Add(ref _keptBytes, item.Body.Length + OverheadBytes) > keptBytesMax)
        {
            Interlocked.Add(ref _keptBytes, -(item.Body.Length + OverheadBytes));
            return _kept.ContainsKey(item.Id);
        }

        if (!_kept.TryAdd(item.Id, item))
        {
            Interlocked.Add(ref _keptBytes, -(item.Body.Length + OverheadBytes));
        }

        return true;
    }

    // The dictionary's node, the object and the array's header.
    private const int OverheadBytes = 160;
}
