namespace Monorepo.Workspace.History.Walking;

/// <summary>In which order a log gives commits.</summary>
public enum LogOrder
{
    /// <summary>Git's default: by commit time, newest first, each after the first of its children.</summary>
    Date,

    /// <summary>No commit before all of its children, otherwise by commit time: <c>--date-order</c>.</summary>
    ChildrenFirstByDate,

    /// <summary>No commit before all of its children, lines of history kept together: <c>--topo-order</c>.</summary>
    ChildrenFirst,
}

/// <summary>Which part of the history is walked and how. What a walk gives is then filtered commit by commit.</summary>
/// <param name="Tips">Positions to start at; one may stand twice. With equal times the first comes first.</param>
/// <param name="Excluded">Positions that are left out with all of their ancestors.</param>
public sealed record LogQuery(IReadOnlyList<int> Tips, IReadOnlyList<int> Excluded)
{
    public LogOrder Order { get; init; }

    /// <summary>Follow only the first parent of merges.</summary>
    public bool FirstParent { get; init; }

    /// <summary>
    /// Stop at commits older than this many seconds since 1970. As git does it: the plain order walks past none of them, so what lies behind
    /// is left out unless another way leads there; with excluded commits or children first, all their ancestors are left out.
    /// </summary>
    public long? SinceSeconds { get; init; }

    /// <summary>Null: every commit is shown and all its parents are followed.</summary>
    public IHistorySimplifier? Simplifier { get; init; }

    /// <summary>
    /// Told of commits whose parents are not all here, as in a shallow clone: the walk goes on without these. Null: the walk throws
    /// <see cref="Shallow.ShallowHistoryException"/>.
    /// </summary>
    public Action<int>? OnCut { get; init; }

    /// <summary>Replaces the list by the parents to walk to.</summary>
    /// <returns>Whether the commit is to be shown.</returns>
    internal bool Follow(CommitLog log, int position, List<int> parents)
    {
        parents.Clear();
        if (Simplifier is not null)
        {
            return Simplifier.Simplify(position, parents);
        }

        if (OnCut is null)
        {
            log.AddParents(position, parents);
        }
        else if (log.AddKnownParents(position, parents) >= 0)
        {
            OnCut(position);
        }

        if (FirstParent && parents.Count > 1)
        {
            parents.RemoveRange(1, parents.Count - 1);
        }

        return true;
    }
}
