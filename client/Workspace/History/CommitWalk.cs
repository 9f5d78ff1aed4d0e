using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.History;

/// <summary>
/// Questions about the shape of the history. All are local; what they cost is said with each. In a shallow clone they are answered where what is absent
/// can't change the answer; otherwise they throw <see cref="ShallowHistoryException"/>. Thread-safe.
/// </summary>
public static class CommitWalk
{
    /// <summary>
    /// The commits reachable from <paramref name="tips"/> and not from <paramref name="excluded"/>, in the order of <c>git log</c>:
    /// by commit time, newest first, each after the first of its children. Lazy: costs what is taken, plus with
    /// <paramref name="excluded"/> the commits that stand above those in the log. Other orders and limits: <see cref="LogWalk"/>.
    /// </summary>
    public static IEnumerable<CommitNode> Log(CommitLog log, IReadOnlyCollection<int> tips, IReadOnlyCollection<int>? excluded = null)
    {
        foreach (int position in LogWalk.Walk(log, new LogQuery([.. tips], [.. excluded ?? []])))
        {
            yield return log.GetNode(position);
        }
    }

    /// <summary>Whether <paramref name="ancestor"/> is reachable from <paramref name="descendant"/>; a commit is from itself. Costs at most the commits between their positions.</summary>
    public static bool IsAncestor(CommitLog log, int ancestor, int descendant)
    {
        if (ancestor >= descendant)
        {
            return ancestor == descendant;
        }

        Ancestry ancestry = new(log);
        ancestry.Mark(descendant, Sides.Left);
        List<int> parents = [];
        long missing = -1;

        // What stands before the ancestor can't descend from it.
        while (ancestry.TryTakeAbove(ancestor, out int position, out _))
        {
            parents.Clear();
            missing = Math.Max(missing, log.AddKnownParents(position, parents));
            foreach (int parent in parents)
            {
                if (parent == ancestor)
                {
                    return true;
                }

                ancestry.Mark(parent, Sides.Left);
            }
        }

        return missing < log.ServerPositionAt(ancestor)
            ? false
            : throw ShallowHistoryException.Unknown(log, $"whether {log.Abbreviate(log.IdAt(ancestor))} is an ancestor of {log.Abbreviate(log.IdAt(descendant))}");
    }

    /// <summary>
    /// The best common ancestors, newest first: those that are ancestors of no other common one. Empty where the histories have none in
    /// common. Costs the commits above the last one found.
    /// </summary>
    public static IReadOnlyList<CommitNode> MergeBases(CommitLog log, int left, int right) => MergeBases(log, left, [right]);

    /// <summary>The best common ancestors of a commit and the merge that several others would make, as <c>git merge-base LEFT RIGHT…</c>.</summary>
    public static IReadOnlyList<CommitNode> MergeBases(CommitLog log, int left, IReadOnlyCollection<int> rights)
    {
        List<CommitNode> bases = [];
        Ancestry ancestry = new(log);
        UnknownAncestors unknown = new(log);
        List<int> parents = [];
        ancestry.Mark(left, Sides.Left);
        foreach (int right in rights)
        {
            ancestry.Mark(right, Sides.Right);
        }

        while (ancestry.FreshCount > 0 && ancestry.TryTakeAbove(-1, out int position, out Sides sides))
        {
            if (sides == (Sides.Left | Sides.Right))
            {
                bases.Add(log.GetNode(position));
                unknown.ThrowIfStale(position);
                sides |= Sides.Stale;
            }

            parents.Clear();
            unknown.Note(position, sides, log.AddKnownParents(position, parents));
            foreach (int parent in parents)
            {
                ancestry.Mark(parent, sides);
            }
        }

        unknown.ThrowIfCommon();

        bases.Sort(static (a, b) => a.CommitSeconds != b.CommitSeconds ? b.CommitSeconds.CompareTo(a.CommitSeconds) : b.Position.CompareTo(a.Position));
        return bases;
    }

    /// <summary>How many commits each side has that the other has not: "ahead, behind". Costs the commits above the last one counted.</summary>
    public static (int LeftOnly, int RightOnly) CountDivergence(CommitLog log, int left, int right)
    {
        Ancestry ancestry = new(log);
        UnknownAncestors unknown = new(log);
        List<int> parents = [];
        int leftOnly = 0;
        int rightOnly = 0;
        ancestry.Mark(left, Sides.Left);
        ancestry.Mark(right, Sides.Right);
        while (ancestry.FreshCount > 0 && ancestry.TryTakeAbove(-1, out int position, out Sides sides))
        {
            sides |= sides == (Sides.Left | Sides.Right) ? Sides.Stale : Sides.None;
            leftOnly += sides == Sides.Left ? 1 : 0;
            rightOnly += sides == Sides.Right ? 1 : 0;
            if (sides is Sides.Left or Sides.Right)
            {
                unknown.ThrowIfStale(position);
            }

            parents.Clear();
            unknown.Note(position, sides, log.AddKnownParents(position, parents));
            foreach (int parent in parents)
            {
                ancestry.Mark(parent, sides);
            }
        }

        unknown.ThrowIfAny();

        return (leftOnly, rightOnly);
    }
}
