using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;

namespace Monorepo.Workspace.Paths;

/// <summary>
/// Finds where a commit's state at a path comes from: the nearest commit down its first parents that changed the path. Each position is
/// looked at once. Not thread-safe.
/// </summary>
public sealed class FirstParents
{
    private const int NoCommit = -1;

    private readonly CommitLog _log;
    private readonly PathChanges _changes;
    private readonly PositionTable<int> _sources;
    private readonly List<int> _way = [];

    public FirstParents(CommitLog log, PathChanges changes)
    {
        _log = log;
        _changes = changes;
        _sources = new PositionTable<int>(log.Count);
    }

    /// <summary>The commit's own position where it changed the path; -1 where nobody did, so that the path was never there.</summary>
    public int SourceOf(int position)
    {
        // 0 in the table is "not known yet".
        _way.Clear();
        int source = NoCommit;
        for (int at = position; at != NoCommit; at = _log.FirstParentAt(at))
        {
            if (_sources[at] is not 0 and int known)
            {
                source = known - 2;
                break;
            }

            _way.Add(at);
            if (_changes.IsChanged(at))
            {
                source = at;
                break;
            }
        }

        foreach (int at in _way)
        {
            _sources.At(at) = source + 2;
        }

        return source;
    }
}
