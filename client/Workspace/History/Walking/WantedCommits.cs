using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.History.Walking;

/// <summary>
/// Whether commits belong to a query's set, and how many children in the set they have. Looks down the log as far as it is asked. Not thread-safe.
/// </summary>
public sealed class WantedCommits
{
    private readonly CommitLog _log;
    private readonly LogQuery _query;
    private readonly Ancestry _ancestry;
    private readonly PositionTable<int> _children;
    private readonly List<int> _parents = [];

    // The highest place in the server's log of what is left out and not here.
    private long _missingStale = -1;

    public WantedCommits(CommitLog log, LogQuery query)
    {
        _log = log;
        _query = query;
        _ancestry = new Ancestry(log);
        _children = new PositionTable<int>(log.Count);
        foreach (int tip in query.Tips)
        {
            _ancestry.Mark(tip, Sides.Left);
        }

        foreach (int excluded in query.Excluded)
        {
            _ancestry.Mark(excluded, Sides.Stale);
        }
    }

    /// <summary>Whether a commit, a tip or a parent of one in the set, is in the set.</summary>
    public bool Contains(int position)
    {
        LookAbove(position);
        if (_ancestry.SidesOf(position) != Sides.Left)
        {
            return false;
        }

        ThrowIfDoubtful(position);
        return !(_query.SinceSeconds is { } since && _log.CommitSecondsAt(position) < since);
    }

    /// <summary>How many children in the set the commit has; final once <see cref="Contains"/> was asked. For the walk to count down.</summary>
    internal ref int ChildrenOf(int position) => ref _children.At(position);

    // What is left out may lead to it through commits that are not here.
    private void ThrowIfDoubtful(int position)
    {
        if (_missingStale >= 0 && _log.ServerPositionAt(position) <= _missingStale)
        {
            throw ShallowHistoryException.Unknown(_log, $"whether {_log.Abbreviate(_log.IdAt(position))} is among what is left out");
        }
    }

    private void LookAbove(int position)
    {
        while (_ancestry.TryTakeAbove(position, out int taken, out Sides sides))
        {
            bool isStale = (sides & Sides.Stale) != Sides.None || (_query.SinceSeconds is { } since && _log.CommitSecondsAt(taken) < since);
            if (isStale)
            {
                _parents.Clear();
                _missingStale = Math.Max(_missingStale, _log.AddKnownParents(taken, _parents));
            }
            else
            {
                ThrowIfDoubtful(taken);
                _query.Follow(_log, taken, _parents);
            }

            foreach (int parent in _parents)
            {
                _ancestry.Mark(parent, isStale ? Sides.Stale : Sides.Left);
                if (!isStale)
                {
                    _children.At(parent)++;
                }
            }
        }
    }
}
