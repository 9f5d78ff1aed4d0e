using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.PathHistory.Building;

/// <summary>A commit's root tree and its parents', as far as they differ from none.</summary>
/// <param name="Tree">Its own.</param>
/// <param name="Parents">In the commit's order; empty for a root.</param>
internal readonly record struct CommitTree(ObjectId Tree, ObjectId[] Parents);

/// <summary>Finds the root trees of commits and their parents. Parents that came lately are remembered, others read in one go. Not thread-safe.</summary>
internal sealed class CommitTrees(IObjectStore store)
{
    /// <summary>Commits remembered in each of two generations; about 60 bytes each.</summary>
    private const int RememberedMax = 131_072;

    private Dictionary<ObjectId, ObjectId> _young = [];
    private Dictionary<ObjectId, ObjectId> _old = [];

    /// <exception cref="CorruptObjectException">A parent is not stored, or is no commit.</exception>
    /// <exception cref="MalformedObjectException">A body is no commit.</exception>
    public async ValueTask<List<CommitTree>> ResolveAsync(IReadOnlyList<LogEntry> entries, CancellationToken cancellationToken)
    {
        Commit[] commits = new Commit[entries.Count];
        for (int i = 0; i < commits.Length; i++)
        {
            commits[i] = Commit.Parse(entries[i].Body);
            Remember(entries[i].Id, commits[i].Tree);
        }

        ObjectId[] unknown = [.. commits.SelectMany(static c => c.Parents).Where(p => !TryGet(p, out _)).Distinct()];
        Dictionary<ObjectId, ObjectId> read = new(unknown.Length);
        foreach (ObjectId[] slice in unknown.Chunk(IObjectStore.IdsMax))
            await ReadAsync(slice, read, cancellationToken);

        return [.. commits.Select(c => new CommitTree(
            c.Tree, [.. c.Parents.Select(p => TryGet(p, out ObjectId tree) ? tree : read[p])]))];
    }

    private async ValueTask ReadAsync(ObjectId[] ids, Dictionary<ObjectId, ObjectId> trees, CancellationToken cancellationToken)
    {
        using ObjectBatch batch = await store.GetAsync(ids, cancellationToken);
        for (int i = 0; i < ids.Length; i++)
        {
            if (!batch.IsPresent(i))
                throw new CorruptObjectException($"The commit {ids[i]} is not stored, though another in the log has it as a parent.");
            byte[] body = ObjectEnvelope.Decode(batch[i], out ObjectKind kind);
            trees.Add(ids[i], kind == ObjectKind.Commit
                ? Commit.Parse(body).Tree
                : throw new CorruptObjectException($"A commit has the parent {ids[i]}, which is a {kind.ToName()}."));
        }
    }

    private bool TryGet(ObjectId commit, out ObjectId tree) => _young.TryGetValue(commit, out tree) || _old.TryGetValue(commit, out tree);

    private void Remember(ObjectId commit, ObjectId tree)
    {
        if (_young.Count >= RememberedMax)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
        }

        _young[commit] = tree;
    }
}
