using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.History.Walking;

/// <summary>
/// What a walk over two sides' ancestors can't see in a shallow clone. Absent commits have places in the server's log, too: one below which all that
/// lies behind them stands. So what was met above all of them is certain. In a clone with all commits nothing is ever thrown. Not thread-safe.
/// </summary>
internal sealed class UnknownAncestors(CommitLog log)
{
    private long _missingLeft = -1;
    private long _missingRight = -1;
    private long _missingStale = -1;
    private long _lowestLeft = long.MaxValue;
    private long _lowestRight = long.MaxValue;

    /// <summary>Takes what <see cref="CommitLog.AddKnownParents"/> said of a commit that was taken.</summary>
    public void Note(int position, Sides sides, long missing)
    {
        if (!log.IsShallow)
        {
            return;
        }

        if (sides == Sides.Left)
        {
            (_missingLeft, _lowestLeft) = (Math.Max(_missingLeft, missing), log.ServerPositionAt(position));
        }
        else if (sides == Sides.Right)
        {
            (_missingRight, _lowestRight) = (Math.Max(_missingRight, missing), log.ServerPositionAt(position));
        }
        else
        {
            _missingStale = Math.Max(_missingStale, missing);
        }
    }

    /// <summary>A commit counts unless common ancestors that are absent lead to it.</summary>
    public void ThrowIfStale(int position)
    {
        if (_missingStale >= 0 && log.ServerPositionAt(position) <= _missingStale)
        {
            throw Unknown();
        }
    }

    /// <summary>There may be a common ancestor that was not found: both sides go on absent, or one does and may lead to what only the other was seen to lead to.</summary>
    public void ThrowIfCommon()
    {
        if ((_missingLeft >= 0 && (_missingRight >= 0 || _lowestRight <= _missingLeft)) || (_missingRight >= 0 && _lowestLeft <= _missingRight))
        {
            throw Unknown();
        }
    }

    /// <summary>One side has commits that are absent.</summary>
    public void ThrowIfAny()
    {
        if (_missingLeft >= 0 || _missingRight >= 0)
        {
            throw Unknown();
        }
    }

    private ShallowHistoryException Unknown() => ShallowHistoryException.Unknown(log, "where these histories part");
}
