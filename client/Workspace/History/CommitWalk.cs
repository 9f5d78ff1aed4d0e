using System.Collections;

namespace Monorepo.Workspace.History;

/// <summary>Questions about the shape of the history. All are local; what they cost is said with each. Thread-safe.</summary>
public static class CommitWalk
{
    /// <summary>
    /// The commits reachable from <paramref name="tips"/> and not from <paramref name="excluded"/>, in the order of <c>git log</c>:
    /// by commit time, newest first, each after the first of its children. Lazy: costs what is taken, plus with
    /// <paramref name="excluded"/> the commits between them and the tips.
    /// </summary>
    public static IEnumerable<CommitNode> Log(CommitLog log, IReadOnlyCollection<int> tips, IReadOnlyCollection<int>? excluded = null)
    {
        HashSet<int>? wanted = excluded is { Count: > 0 } ? [.. Difference(log, tips, excluded)] : null;
        BitArray seen = new(log.Count);
        PriorityQueue<CommitNode, (long NegativeSeconds, int Order)> queue = new();
        List<int> parents = [];
        int order = 0;

        void Push(int position)
        {
            if ((wanted is null || wanted.Contains(position)) && !seen[position])
            {
                // Equal times leave in the order they came, as in git's list.
                seen[position] = true;
                CommitNode node = log.GetNode(position);
                queue.Enqueue(node, (-node.CommitSeconds, order++));
            }
        }

        foreach (int tip in tips)
        {
            Push(tip);
        }

        while (queue.TryDequeue(out CommitNode node, out _))
        {
            yield return node;
            parents.Clear();
            log.AddParents(node.Position, parents);
            foreach (int parent in parents)
            {
                Push(parent);
            }
        }
    }

    /// <summary>Whether <paramref name="ancestor"/> is reachable from <paramref name="descendant"/>; a commit is from itself. Costs at most the commits between their positions.</summary>
    public static bool IsAncestor(CommitLog log, int ancestor, int descendant)
    {
        if (ancestor >= descendant)
        {
            return ancestor == descendant;
        }

        HashSet<int> seen = [descendant];
        Stack<int> stack = new(seen);
        List<int> parents = [];
        while (stack.TryPop(out int position))
        {
            parents.Clear();
            log.AddParents(position, parents);
            foreach (int parent in parents)
            {
                if (parent == ancestor)
                {
                    return true;
                }

                // What stands before the ancestor can't descend from it.
                if (parent > ancestor && seen.Add(parent))
                {
                    stack.Push(parent);
                }
            }
        }

        return false;
    }

    /// <summary>The best common ancestors, newest position first: those that are ancestors of no other common one. Empty where the histories have none in common.</summary>
    public static IReadOnlyList<CommitNode> MergeBases(CommitLog log, int left, int right)
    {
        List<CommitNode> bases = [];
        Paint paint = new(log);
        paint.Add(left, Colors.Left);
        paint.Add(right, Colors.Right);

        // Descending positions meet every descendant first, so a commit's colors are final when it comes.
        while (paint.HasFresh && paint.TryTake(out int position, out Colors colors))
        {
            if (colors == (Colors.Left | Colors.Right))
            {
                bases.Add(log.GetNode(position));
                colors |= Colors.Stale;
            }

            paint.AddParents(position, colors);
        }

        return bases;
    }

    /// <summary>How many commits each side has that the other has not: "ahead, behind".</summary>
    public static (int LeftOnly, int RightOnly) CountDivergence(CommitLog log, int left, int right) =>
        (Difference(log, [left], [right]).Count, Difference(log, [right], [left]).Count);

    private static List<int> Difference(CommitLog log, IReadOnlyCollection<int> tips, IReadOnlyCollection<int> excluded)
    {
        List<int> wanted = [];
        Paint paint = new(log);
        foreach (int tip in tips)
        {
            paint.Add(tip, Colors.Left);
        }

        foreach (int tip in excluded)
        {
            paint.Add(tip, Colors.Stale);
        }

        while (paint.HasFresh && paint.TryTake(out int position, out Colors colors))
        {
            if ((colors & Colors.Stale) == Colors.None)
            {
                wanted.Add(position);
            }

            paint.AddParents(position, colors);
        }

        return wanted;
    }

    [Flags]
    private enum Colors
    {
        None = 0,
        Left = 1,
        Right = 2,
        Stale = 4,
    }

    /// <summary>Carries colors from children to parents in descending positions.</summary>
    private sealed class Paint(CommitLog log)
    {
        private readonly Dictionary<int, Colors> _colors = [];
        private readonly PriorityQueue<int, int> _queue = new();
        private readonly List<int> _parents = [];
        private int _fresh;

        /// <summary>Whether any commit that waits is not stale yet.</summary>
        public bool HasFresh => _fresh > 0;

        public void Add(int position, Colors colors)
        {
            if (!_colors.TryGetValue(position, out Colors old))
            {
                _queue.Enqueue(position, -position);
                _fresh += (colors & Colors.Stale) == Colors.None ? 1 : 0;
            }
            else if ((old & Colors.Stale) == Colors.None && (colors & Colors.Stale) != Colors.None)
            {
                _fresh--;
            }

            _colors[position] = old | colors;
        }

        public bool TryTake(out int position, out Colors colors)
        {
            colors = default;
            if (!_queue.TryDequeue(out position, out _))
            {
                return false;
            }

            _colors.Remove(position, out colors);
            _fresh -= (colors & Colors.Stale) == Colors.None ? 1 : 0;
            return true;
        }

        public void AddParents(int position, Colors colors)
        {
            _parents.Clear();
            log.AddParents(position, _parents);
            foreach (int parent in _parents)
            {
                Add(parent, colors);
            }
        }
    }
}
