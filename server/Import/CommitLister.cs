using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;

namespace Monorepo.Import;

/// <summary>
/// Lists the commits that the target lacks. The log's promise, that it holds all ancestors of what it holds, makes a commit that is there the
/// end of the search, so the work is that of the new commits plus at most one batch. We walk ourselves: libgit2's walk would
/// hang on a truncated loose commit (see Native.Git2), and has to be told all that the target has. Used once.
/// </summary>
internal sealed class CommitLister(GitSource git, IImportTarget target)
{
    /// <summary>Commits read before the target is asked about all of them at once.</summary>
    private const int BatchCommits = 4_096;

    // Commits are numbered as they are met, and read in that order.
    private readonly Dictionary<ObjectId, int> _numbers = [];
    private readonly List<ObjectId> _ids = [];
    private readonly List<bool> _isDone = [];

    // The parents of the commit n that was read are the numbers from _parentsEnd[n - 1] to before _parentsEnd[n].
    private readonly List<int> _parents = [];
    private readonly List<int> _parentsEnd = [];

    /// <summary>New commits that the tips reach, parents before children. Takes about 100 bytes for each until it returns, then 20.</summary>
    /// <exception cref="ImportException">A commit is missing or damaged.</exception>
    public async Task<List<ObjectId>> ListAsync(IEnumerable<ObjectId> tips, CancellationToken cancellationToken)
    {
        foreach (ObjectId tip in tips)
            Meet(tip);
        int starts = _ids.Count;
        while (_parentsEnd.Count < _ids.Count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] batch = ReadBatch();
            IReadOnlyList<bool> present = await target.ContainsCommitsAsync(Array.ConvertAll(batch, n => _ids[n]), cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                if (present[i])
                    MarkPresent(batch[i]);
            }
        }

        return Order(starts);
    }

    private int[] ReadBatch()
    {
        List<int> batch = [];
        while (batch.Count < BatchCommits && _parentsEnd.Count < _ids.Count)
        {
            int next = _parentsEnd.Count;
            if (!_isDone[next])
            {
                foreach (ObjectId parent in git.ReadCommit(_ids[next]).Parents)
                    _parents.Add(Meet(parent));
                batch.Add(next);
            }

            _parentsEnd.Add(_parents.Count);
        }

        return [.. batch];
    }

    private int Meet(ObjectId id)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, id, out bool isKnown);
        if (!isKnown)
        {
            number = _ids.Count;
            _ids.Add(id);
            _isDone.Add(false);
        }

        return number;
    }

    private ReadOnlySpan<int> ParentsOf(int commit)
    {
        int start = commit == 0 ? 0 : _parentsEnd[commit - 1];
        return CollectionsMarshal.AsSpan(_parents)[start.._parentsEnd[commit]];
    }

    private void MarkPresent(int commit)
    {
        Stack<int> todo = new([commit]);
        while (todo.TryPop(out int next))
        {
            if (_isDone[next])
                continue;
            _isDone[next] = true;
            if (next >= _parentsEnd.Count)
                continue;
            foreach (int parent in ParentsOf(next))
                todo.Push(parent);
        }
    }

    // Depth first; a commit is listed when all of its parents are.
    private List<ObjectId> Order(int starts)
    {
        List<ObjectId> ordered = [];
        Stack<(int Commit, int NextParent)> path = new();
        for (int start = 0; start < starts; start++)
        {
            if (!_isDone[start])
                path.Push((start, 0));
            while (path.TryPop(out (int Commit, int NextParent) at))
            {
                ReadOnlySpan<int> parents = ParentsOf(at.Commit);
                int next = at.NextParent;
                while (next < parents.Length && _isDone[parents[next]])
                    next++;
                if (next < parents.Length)
                {
                    path.Push((at.Commit, next + 1));
                    path.Push((parents[next], 0));
                }
                else if (!_isDone[at.Commit])
                {
                    _isDone[at.Commit] = true;
                    ordered.Add(_ids[at.Commit]);
                }
            }
        }

        return ordered;
    }
}
