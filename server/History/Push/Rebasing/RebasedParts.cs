using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Closure;
using Monorepo.History.Push.Writing;

namespace Monorepo.History.Push.Rebasing;

/// <summary>What the rebases of one push made, and what of the push they need. Not thread-safe.</summary>
internal sealed class RebasedParts(CheckedPush push)
{
    private readonly Dictionary<ObjectId, byte[]> _trees = [];
    private readonly List<NewCommit> _commits = [];

    public IReadOnlyDictionary<ObjectId, byte[]> Trees => _trees;

    public IReadOnlyList<NewCommit> Commits => _commits;

    public void Add(RebaseOutcome outcome)
    {
        _commits.AddRange(outcome.Commits);
        foreach ((ObjectId id, byte[] body) in outcome.Trees)
        {
            _trees.TryAdd(id, body);
        }
    }

    public ValueTask<byte[][]> ReadAsync(IReadOnlyList<ObjectId> ids, GroupTrees trees, CancellationToken cancellationToken) =>
        trees.ReadAsync(ids, push.Spool, cancellationToken);

    /// <summary>
    /// Objects of the push behind the commits made. The stack's own commits and the directories that were merged anew are not among them:
    /// nobody would ever read them.
    /// </summary>
    public HashSet<ObjectId> FindNeeded()
    {
        HashSet<ObjectId> needed = [];
        HashSet<ObjectId> seen = [];
        Stack<ObjectId> open = new(_commits.Select(c => c.Tree));
        while (open.TryPop(out ObjectId id))
        {
            if (!seen.Add(id))
            {
                continue;
            }

            if (!_trees.TryGetValue(id, out byte[]? body))
            {
                if (!push.Objects.Contains(id))
                {
                    continue;
                }

                needed.Add(id);
                body = push.Spool.KindOf(id) == ObjectKind.Tree ? ObjectEnvelope.Decode(push.Spool.ReadEnvelope(id).Span, out _) : [];
            }

            TreeReader reader = new(body);
            while (reader.MoveNext())
            {
                if (reader.Current.Mode.Kind() != EntryKind.Submodule)
                {
                    open.Push(reader.Current.Id);
                }
            }
        }

        return needed;
    }
}
