using Monorepo.Core;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.History;

/// <summary>
/// Commits made here that are not in the server's log. They take the positions after its end, parents before children, so that a
/// <see cref="CommitLog"/> shows them like all others. Held in memory: a clone has few. Immutable; thread-safe.
/// </summary>
internal sealed class LocalCommits
{
    public static readonly LocalCommits None = new(0, [], []);

    private readonly int _first;
    private readonly List<Entry> _entries;
    private readonly Dictionary<ObjectId, int> _positions;

    private LocalCommits(int first, List<Entry> entries, Dictionary<ObjectId, int> positions)
    {
        _first = first;
        _entries = entries;
        _positions = positions;
    }

    public int Count => _entries.Count;

    /// <summary>Gives commits their positions; those that the log has already are left out.</summary>
    /// <param name="first">The first position that is free.</param>
    /// <param name="find">The position of a commit of the log; null where it has none of that id.</param>
    /// <param name="commits">Verified by their ids, parents before children.</param>
    /// <exception cref="CorruptHistoryException">A parent is neither in the log nor before its child.</exception>
    public static LocalCommits Place(int first, Func<ObjectId, int?> find, IEnumerable<GitObject> commits)
    {
        List<Entry> entries = [];
        Dictionary<ObjectId, int> positions = [];
        foreach (GitObject item in commits)
        {
            if (find(item.Id) is not null || positions.ContainsKey(item.Id))
            {
                continue;
            }

            Commit commit = Commit.Parse(item.Body);
            int[] parents = [.. commit.Parents.Select(parent => find(parent) ?? (positions.TryGetValue(parent, out int local)
                ? local
                : throw new CorruptHistoryException($"The local commit {item.Id} has a parent {parent} that is not here.")))];
            int position = first + entries.Count;
            positions.Add(item.Id, position);
            entries.Add(new Entry(new CommitNode(position, item.Id, commit.Tree, Math.Max(0, commit.Committer.UnixSeconds)), parents, commit));
        }

        return entries.Count == 0 ? None : new LocalCommits(first, entries, positions);
    }

    public bool TryFind(ObjectId id, out int position) => _positions.TryGetValue(id, out position);

    /// <summary>Positions of the commits whose ids start with a prefix.</summary>
    public IEnumerable<int> FindPrefix(HexPrefix prefix) => _entries.Where(e => prefix.Matches(e.Node.Id)).Select(e => e.Node.Position);

    public CommitNode GetNode(int position) => At(position).Node;

    public IReadOnlyList<int> GetParents(int position) => At(position).Parents;

    public Commit Read(int position) => At(position).Commit;

    private Entry At(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)(position - _first), (uint)_entries.Count, nameof(position));
        return _entries[position - _first];
    }

    private sealed record Entry(CommitNode Node, int[] Parents, Commit Commit);
}
