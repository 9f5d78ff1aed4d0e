namespace Monorepo.Workspace.History.Walking;

/// <summary>Commits by time, newest first; equal times leave in the order they came, as in git's lists. A binary heap. Not thread-safe.</summary>
internal sealed class CommitQueue
{
    private Entry[] _heap = new Entry[64];
    private long _added;

    public int Count { get; private set; }

    /// <summary>Whether every commit that waits passes a test.</summary>
    public bool All(Func<int, bool> test)
    {
        for (int i = 0; i < Count; i++)
        {
            if (!test(_heap[i].Position))
            {
                return false;
            }
        }

        return true;
    }

    public void Add(int position, long seconds)
    {
        if (Count == _heap.Length)
        {
            Array.Resize(ref _heap, 2 * Count);
        }

        Entry added = new(seconds, _added++, position);
        int at = Count++;
        while (at > 0)
        {
            int above = (at - 1) / 2;
            if (!added.IsBefore(_heap[above]))
            {
                break;
            }

            _heap[at] = _heap[above];
            at = above;
        }

        _heap[at] = added;
    }

    public bool TryTake(out int position, out long seconds)
    {
        (position, seconds) = (_heap[0].Position, _heap[0].Seconds);
        if (Count == 0)
        {
            return false;
        }

        Entry last = _heap[--Count];
        int at = 0;
        for (int below = 1; below < Count; below = (2 * at) + 1)
        {
            if (below + 1 < Count && _heap[below + 1].IsBefore(_heap[below]))
            {
                below++;
            }

            if (!_heap[below].IsBefore(last))
            {
                break;
            }

            _heap[at] = _heap[below];
            at = below;
        }

        _heap[at] = last;
        return true;
    }

    private readonly record struct Entry(long Seconds, long Order, int Position)
    {
        public bool IsBefore(in Entry other) => Seconds != other.Seconds ? Seconds > other.Seconds : Order < other.Order;
    }
}
