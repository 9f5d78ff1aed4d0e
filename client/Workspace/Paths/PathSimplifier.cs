using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;

namespace Monorepo.Workspace.Paths;

/// <summary>A comparison that the server's index leaves open: does a path name the same in two commits?</summary>
/// <param name="Path">Which of the paths.</param>
/// <param name="Left">A position.</param>
/// <param name="Right">Another.</param>
public readonly record struct PathQuestion(int Path, int Left, int Right);

/// <summary>
/// Git's default history simplification for paths: a merge that has there what one of its parents has is left out, and only that parent
/// followed; all others are followed everywhere and shown where the paths changed. Not thread-safe.
/// </summary>
/// <remarks>
/// The index tells of the first parent for every commit, and of the others for commits that differ from it. What else a merge's later
/// parents have follows where both sides come from one commit; where they don't, it is a question to the server, and until it is
/// answered (<see cref="Answers"/>) taken for a difference. One path without excluded commits leaves none.
/// </remarks>
public sealed class PathSimplifier : IHistorySimplifier
{
    private readonly CommitLog _log;
    private readonly PathChanges[] _paths;
    private readonly bool _firstParent;
    private readonly FirstParents[] _sources;
    private readonly HashSet<int> _bottom;
    private readonly Ancestry _excluded;
    private readonly List<int> _parents = [];

    /// <param name="log">The history.</param>
    /// <param name="paths">What the log is limited to.</param>
    /// <param name="excluded">The query's excluded commits.</param>
    /// <param name="firstParent">Follow first parents only.</param>
    public PathSimplifier(CommitLog log, IReadOnlyList<PathChanges> paths, IReadOnlyList<int> excluded, bool firstParent)
    {
        _log = log;
        _paths = [.. paths];
        _firstParent = firstParent;
        _sources = [.. paths.Select(p => new FirstParents(log, p))];
        _bottom = [.. excluded];
        _excluded = new Ancestry(log);
        foreach (int position in excluded)
        {
            _excluded.Mark(position, Sides.Stale);
        }
    }

    /// <summary>The lowest position asked about; answers below what the lists hold were guesses.</summary>
    public int LowestAsked { get; private set; } = int.MaxValue;

    /// <summary>From this position on the lists hold every change.</summary>
    public int CompleteFrom => _paths.Length == 0 ? 0 : _paths.Max(static p => p.CompleteFrom);

    /// <summary>What has to be known for exact answers and is not yet.</summary>
    public HashSet<PathQuestion> Questions { get; } = [];

    /// <summary>Filled by whoever asks the questions. Takes effect for commits asked about afterwards.</summary>
    public Dictionary<PathQuestion, bool> Answers { get; } = [];

    public int Skip(int position)
    {
        // A commit that changed nothing has what its first parent has, so that one is followed, from merges too.
        while (_bottom.Count == 0)
        {
            int stop = CompleteFrom - 1;
            foreach (PathChanges path in _paths)
            {
                stop = Math.Max(stop, path.NewestUpTo(position));
            }

            int reached = _log.FollowFirstParents(position, stop);
            if (reached == position)
            {
                break;
            }

            position = reached;
        }

        LowestAsked = Math.Min(LowestAsked, position);
        return position;
    }

    public bool Simplify(int position, List<int> parents)
    {
        LowestAsked = Math.Min(LowestAsked, position);
        bool isChanged = IsChanged(position);
        int first = parents.Count;
        _log.AddParents(position, parents);
        int count = parents.Count - first;
        if (_firstParent && count > 1)
        {
            parents.RemoveRange(first + 1, count - 1);
            return isChanged;
        }

        if (count < 2)
        {
            return isChanged;
        }

        bool anyRelevant = false;
        bool relevantChange = false;
        bool otherChange = false;
        for (int k = 0; k < count; k++)
        {
            int parent = parents[first + k];
            bool isRelevant = IsRelevant(parent);
            anyRelevant |= isRelevant;
            if (!IsSame(position, parents[first], parent, k))
            {
                relevantChange |= isRelevant;
                otherChange |= !isRelevant;
            }
            else if (isRelevant)
            {
                parents.RemoveRange(first, count);
                parents.Add(parent);
                return false;
            }
        }

        return anyRelevant ? relevantChange : otherChange;
    }

    /// <summary>The shown commits that lines are drawn to from a shown one: down each followed parent until the first that is shown.</summary>
    /// <param name="position">A shown commit.</param>
    /// <param name="isWanted">Whether a commit is in the walk's set.</param>
    public IReadOnlyList<int> ShownParents(int position, Func<int, bool> isWanted)
    {
        List<int> shown = [];
        List<int> next = [];
        Simplify(position, _parents);
        int[] starts = [.. _parents];
        _parents.Clear();
        foreach (int start in starts)
        {
            int at = start;
            while (isWanted(at))
            {
                next.Clear();
                bool isShown = Simplify(at, next);
                if (isShown || next.Count > 1)
                {
                    if (!shown.Contains(at))
                    {
                        shown.Add(at);
                    }

                    break;
                }

                if (next.Count == 0)
                {
                    break;
                }

                at = next[0];
            }
        }

        return shown;
    }

    private bool IsChanged(int position)
    {
        foreach (PathChanges path in _paths)
        {
            if (path.IsChanged(position))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsSame(int position, int firstParent, int parent, int index)
    {
        for (int i = 0; i < _paths.Length; i++)
        {
            if (!IsSame(i, position, firstParent, parent, index))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsSame(int path, int position, int firstParent, int parent, int index)
    {
        if (!_paths[path].IsChanged(position))
        {
            return index == 0 || _sources[path].SourceOf(firstParent) == _sources[path].SourceOf(parent) || Ask(path, position, parent);
        }

        return _paths[path].TryIsSameAs(position, index, out bool isSame) ? isSame : Ask(path, position, parent);
    }

    private bool Ask(int path, int position, int parent)
    {
        PathQuestion question = new(path, position, parent);
        if (Answers.TryGetValue(question, out bool isSame))
        {
            return isSame;
        }

        Questions.Add(question);
        return false;
    }

    /// <summary>Git's word for commits that the walk is about, or that it was told to end at.</summary>
    private bool IsRelevant(int position)
    {
        if (_bottom.Count == 0 || _bottom.Contains(position))
        {
            return true;
        }

        while (_excluded.TryTakeAbove(position, out int taken, out _))
        {
            _parents.Clear();
            _log.AddParents(taken, _parents);
            foreach (int parent in _parents)
            {
                _excluded.Mark(parent, Sides.Stale);
            }
        }

        return _excluded.SidesOf(position) == Sides.None;
    }
}
