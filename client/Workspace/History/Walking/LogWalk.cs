namespace Monorepo.Workspace.History.Walking;

/// <summary>
/// Walks the commits that a query names. Lazy: what is not taken is not walked, except that excluded commits and children are looked at as
/// far down the log as the commits given. Memory: some bytes for each position between the first and the last one looked at.
/// </summary>
public static class LogWalk
{
    /// <summary>Positions in the query's order, each once.</summary>
    public static IEnumerable<int> Walk(CommitLog log, LogQuery query) =>
        query.Order == LogOrder.Date ? ByDate(log, query) : ChildrenFirst(log, query);

    private static IEnumerable<int> ByDate(CommitLog log, LogQuery query)
    {
        bool isLimited = query.Excluded.Count > 0;
        long since = query.SinceSeconds ?? long.MinValue;
        bool canSkip = !isLimited && query.SinceSeconds is null && query.Simplifier is not null;
        WantedCommits? wanted = isLimited ? new WantedCommits(log, query) : null;
        PositionTable<bool> seen = new(log.Count);
        CommitQueue queue = new();
        List<int> parents = [];
        foreach (int tip in SortedTips(log, query.Tips))
        {
            Add(tip);
        }

        while (queue.TryTake(out int position, out long seconds))
        {
            if (seconds < since)
            {
                continue;
            }

            if (query.Follow(log, position, parents))
            {
                yield return position;
            }

            if (canSkip && parents.Count == 1 && queue.Count == 0)
            {
                parents[0] = query.Simplifier!.Skip(parents[0]);
            }

            foreach (int parent in parents)
            {
                Add(parent);
            }
        }

        void Add(int position)
        {
            ref bool isSeen = ref seen.At(position);
            if (!isSeen)
            {
                isSeen = true;
                if (wanted is null || wanted.Contains(position))
                {
                    queue.Add(position, log.CommitSecondsAt(position));
                }
            }
        }
    }

    private static IEnumerable<int> ChildrenFirst(CommitLog log, LogQuery query)
    {
        WantedCommits wanted = new(log, query);
        CommitQueue? byDate = query.Order == LogOrder.ChildrenFirstByDate ? new CommitQueue() : null;
        Stack<int> lines = new();
        List<int> parents = [];

        // A tip that another tip leads to waits for its children. The stack gives the first tip first.
        List<int> tips = [.. SortedTips(log, query.Tips).Distinct().Where(t => wanted.Contains(t) && wanted.ChildrenOf(t) == 0)];
        if (byDate is null)
        {
            tips.Reverse();
        }

        foreach (int tip in tips)
        {
            Add(tip);
        }

        while (TryTake(out int position))
        {
            if (query.Follow(log, position, parents))
            {
                yield return position;
            }

            foreach (int parent in parents)
            {
                if (wanted.Contains(parent) && --wanted.ChildrenOf(parent) == 0)
                {
                    Add(parent);
                }
            }
        }

        void Add(int position)
        {
            if (byDate is null)
            {
                lines.Push(position);
            }
            else
            {
                byDate.Add(position, log.CommitSecondsAt(position));
            }
        }

        bool TryTake(out int position) => byDate is null ? lines.TryPop(out position) : byDate.TryTake(out position, out _);
    }

    private static IEnumerable<int> SortedTips(CommitLog log, IReadOnlyList<int> tips) =>
        tips.Count < 2 ? tips : tips.OrderByDescending(log.CommitSecondsAt);
}
