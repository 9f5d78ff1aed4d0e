using Monorepo.Core;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;

namespace Monorepo.Import;

/// <summary>
/// Lists the commits that the target lacks. The log's promise, that it holds all ancestors of what it holds, makes a commit that is there the
/// end of the search, so the work is that of the new commits plus at most one batch. We walk ourselves: libgit2's walk would
/// hang on a truncated loose commit (see Native.Git2), and has to be told all that the target has.
/// </summary>
internal sealed class CommitLister(GitSource git, IImportTarget target)
{
    /// <summary>Commits read before the target is asked about all of them at once.</summary>
    private const int BatchCommits = 4_096;

    private readonly Dictionary<ObjectId, ObjectId[]> _parents = [];
    private readonly HashSet<ObjectId> _present = [];
    private readonly Queue<ObjectId> _frontier = new();
    private readonly HashSet<ObjectId> _met = [];

    /// <summary>New commits that the tips reach, parents before children. Takes about 200 bytes for each until it returns, then 20.</summary>
    /// <exception cref="ImportException">A commit is missing or damaged.</exception>
    public async Task<List<ObjectId>> ListAsync(IEnumerable<ObjectId> tips, CancellationToken cancellationToken)
    {
        ObjectId[] starts = [.. tips];
        foreach (ObjectId tip in starts)
            Meet(tip);
        while (_frontier.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectId[] batch = ReadBatch();
            IReadOnlyList<bool> present = await target.ContainsCommitsAsync(batch, cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                if (present[i])
                    MarkPresent(batch[i]);
            }
        }

        return Order(starts);
    }

    private ObjectId[] ReadBatch()
    {
        var batch = new List<ObjectId>();
        while (batch.Count < BatchCommits && _frontier.TryDequeue(out ObjectId id))
        {
            if (_present.Contains(id))
                continue;
            ObjectId[] parents = [.. git.ReadCommit(id).Parents];
            _parents.Add(id, parents);
            foreach (ObjectId parent in parents)
                Meet(parent);
            batch.Add(id);
        }

        return [.. batch];
    }

    private void Meet(ObjectId id)
    {
        if (_met.Add(id))
            _frontier.Enqueue(id);
    }

    private void MarkPresent(ObjectId id)
    {
        var todo = new Stack<ObjectId>([id]);
        while (todo.TryPop(out ObjectId next))
        {
            if (!_present.Add(next) || !_parents.TryGetValue(next, out ObjectId[]? parents))
                continue;
            foreach (ObjectId parent in parents)
                todo.Push(parent);
        }
    }

    // Depth first; a commit is listed when all of its parents are.
    private List<ObjectId> Order(ObjectId[] starts)
    {
        var ordered = new List<ObjectId>();
        HashSet<ObjectId> listed = _present;
        var path = new Stack<(ObjectId Id, int NextParent)>();
        foreach (ObjectId start in starts)
        {
            if (!listed.Contains(start))
                path.Push((start, 0));
            while (path.TryPop(out (ObjectId Id, int NextParent) at))
            {
                ObjectId[] parents = _parents[at.Id];
                int next = at.NextParent;
                while (next < parents.Length && listed.Contains(parents[next]))
                    next++;
                if (next < parents.Length)
                {
                    path.Push((at.Id, next + 1));
                    path.Push((parents[next], 0));
                }
                else if (listed.Add(at.Id))
                {
                    ordered.Add(at.Id);
                }
            }
        }

        return ordered;
    }
}
