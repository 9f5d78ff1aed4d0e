using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.History;

/// <summary>Which of many tips hold a commit, and which are held by one: one pass over the positions between, whatever the number of tips. Thread-safe.</summary>
public static class RefReach
{
    /// <summary>Those of the tips that a commit is reachable from; a commit is from itself. Costs the commits from it up to the highest tip.</summary>
    public static IReadOnlySet<int> Containing(CommitLog log, int commit, IEnumerable<int> tips)
    {
        int[] candidates = [.. tips.Where(t => t >= commit).Distinct().Order()];
        HashSet<int> found = [];
        if (candidates.Length == 0)
        {
            return found;
        }

        // Parents stand below their children: going up, each commit's answer is that of its parents.
        PositionTable<bool> descends = new(log.Count);
        PositionTable<bool> mayDescend = new(log.Count);
        long from = log.ServerPositionAt(commit);
        descends.At(commit) = true;
        List<int> parents = [];
        int next = 0;
        for (int position = commit; position <= candidates[^1]; position++)
        {
            parents.Clear();
            bool isDoubtful = log.AddKnownParents(position, parents) >= from && position > commit;
            foreach (int parent in parents)
            {
                if (parent >= commit && descends[parent])
                {
                    descends.At(position) = true;
                    break;
                }

                isDoubtful |= parent >= commit && mayDescend[parent];
            }

            if (isDoubtful && !descends[position])
            {
                mayDescend.At(position) = true;
            }

            if (position == candidates[next])
            {
                next++;
                if (descends[position])
                {
                    found.Add(position);
                }
                else if (mayDescend[position])
                {
                    throw ShallowHistoryException.Unknown(log, $"whether {log.Abbreviate(log.IdAt(position))} contains {log.Abbreviate(log.IdAt(commit))}");
                }
            }
        }

        return found;
    }

    /// <summary>Those of the tips that are reachable from a commit. Costs the commits above the lowest tip.</summary>
    public static IReadOnlySet<int> ContainedIn(CommitLog log, int commit, IEnumerable<int> tips)
    {
        HashSet<int> candidates = [.. tips.Where(t => t <= commit)];
        if (candidates.Count == 0)
        {
            return candidates;
        }

        Ancestry ancestry = new(log);
        ancestry.Mark(commit, Sides.Left);
        List<int> parents = [];
        int lowest = candidates.Min();
        long missing = -1;
        while (ancestry.TryTakeAbove(lowest, out int position, out _))
        {
            parents.Clear();
            missing = Math.Max(missing, log.AddKnownParents(position, parents));
            foreach (int parent in parents)
            {
                ancestry.Mark(parent, Sides.Left);
            }
        }

        candidates.RemoveWhere(t => ancestry.SidesOf(t) == Sides.None && (log.ServerPositionAt(t) > missing
            ? true
            : throw ShallowHistoryException.Unknown(log, $"whether {log.Abbreviate(log.IdAt(commit))} contains {log.Abbreviate(log.IdAt(t))}")));
        return candidates;
    }
}
