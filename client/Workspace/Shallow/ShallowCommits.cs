using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Shallow;

/// <summary>
/// The server's commits of a shallow clone. In a <see cref="CommitLog"/> they have the positions from 0 on, in the order of the server's log, so
/// that parents stand before children here as there. Held in memory: a shallow clone has few. Immutable; thread-safe.
/// </summary>
internal sealed class ShallowCommits
{
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<ObjectId, int> _positions = [];
    private readonly Lazy<ObjectId[]> _sortedIds;

    /// <param name="epoch">Of the commits' places.</param>
    /// <param name="commits">Each once, in any order.</param>
    /// <exception cref="CorruptHistoryException">They are no part of one log.</exception>
    public ShallowCommits(ulong epoch, IEnumerable<ShallowCommit> commits)
    {
        Epoch = epoch;
        _sortedIds = new Lazy<ObjectId[]>(() => [.. _positions.Keys.Order()]);
        long last = -1;
        foreach (ShallowCommit item in commits.OrderBy(static c => c.Position))
        {
            Commit commit = Commit.Parse(item.Body);
            if (item.Position <= last || commit.Parents.Count != item.ParentPositions.Count || item.ParentPositions.Any(p => p < 0 || p >= item.Position))
            {
                throw new CorruptHistoryException($"The commit {item.Id} can't stand at position {item.Position} of the server's history.");
            }

            last = item.Position;
            List<int> known = [];
            long missing = -1;
            for (int i = 0; i < commit.Parents.Count; i++)
            {
                if (!_positions.TryGetValue(commit.Parents[i], out int parent))
                {
                    missing = Math.Max(missing, item.ParentPositions[i]);
                    continue;
                }

                known.Add(_entries[parent].Item.Position == item.ParentPositions[i]
                    ? parent
                    : throw new CorruptHistoryException($"The commit {commit.Parents[i]} stands at {_entries[parent].Item.Position} and at {item.ParentPositions[i]} of the server's history."));
            }

            int position = _entries.Count;
            if (!_positions.TryAdd(item.Id, position))
            {
                throw new CorruptHistoryException($"The commit {item.Id} stands twice in the server's history.");
            }

            _entries.Add(new Entry(new CommitNode(position, item.Id, commit.Tree, Math.Max(0, commit.Committer.UnixSeconds)), item, commit, [.. known], missing));
        }
    }

    /// <summary>The server's numbering.</summary>
    public ulong Epoch { get; }

    public int Count => _entries.Count;

    public IEnumerable<ShallowCommit> All => _entries.Select(static e => e.Item);

    /// <summary>Parents that are not here, each once.</summary>
    public IEnumerable<ObjectId> MissingParents => _entries.Where(static e => e.Missing >= 0).SelectMany(static e => e.Commit.Parents).Where(p => !_positions.ContainsKey(p)).Distinct();

    /// <summary>Commits that are no parent of another one here, newest first.</summary>
    public IEnumerable<ObjectId> Tips
    {
        get
        {
            HashSet<int> parents = [.. _entries.SelectMany(static e => e.Known)];
            for (int position = Count - 1; position >= 0; position--)
            {
                if (!parents.Contains(position))
                {
                    yield return _entries[position].Item.Id;
                }
            }
        }
    }

    public bool TryFind(ObjectId id, out int position) => _positions.TryGetValue(id, out position);

    /// <summary>Positions of the commits whose ids start with a prefix.</summary>
    public IEnumerable<int> FindPrefix(HexPrefix prefix)
    {
        ObjectId[] ids = _sortedIds.Value;
        int found = Array.BinarySearch(ids, prefix.Lowest);
        for (int i = found < 0 ? ~found : found; i < ids.Length && prefix.Matches(ids[i]); i++)
        {
            yield return _positions[ids[i]];
        }
    }

    public CommitNode GetNode(int position) => _entries[position].Node;

    /// <summary>How many parents the commit has, here or not.</summary>
    public int CountParents(int position) => _entries[position].Commit.Parents.Count;

    /// <summary>The parents that are here, in the commit's order.</summary>
    public IReadOnlyList<int> KnownParents(int position) => _entries[position].Known;

    /// <summary>The highest place in the server's log of a parent that is not here; -1 where all are.</summary>
    public long MissingAt(int position) => _entries[position].Missing;

    /// <summary>The commit's place in the server's log.</summary>
    public long ServerPositionAt(int position) => _entries[position].Item.Position;

    /// <summary>The commit with its body, verified by its id.</summary>
    /// <exception cref="CorruptHistoryException">What is here is not that commit.</exception>
    public Commit Read(int position)
    {
        Entry entry = _entries[position];
        return ObjectHasher.Hash(ObjectKind.Commit, entry.Item.Body.Span) == entry.Item.Id
            ? entry.Commit
            : throw new CorruptHistoryException($"The commit {entry.Item.Id} of this shallow clone is damaged: {ShallowFile.Remedy}.");
    }

    private sealed record Entry(CommitNode Node, ShallowCommit Item, Commit Commit, int[] Known, long Missing);
}
