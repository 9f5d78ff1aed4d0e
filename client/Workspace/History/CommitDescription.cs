using Monorepo.Workspace.History.Walking;

namespace Monorepo.Workspace.History;

/// <summary>The named commit that a commit is best described by.</summary>
/// <param name="Named">Its position.</param>
/// <param name="Depth">Commits that the described one has and the named one has not.</param>
public readonly record struct CommitDescription(int Named, int Depth)
{
    /// <summary>As git: the nearest of the first so many that are found.</summary>
    public const int CandidatesMax = 10;

    /// <summary>
    /// Finds the named ancestor with the fewest commits between, as <c>git describe</c> does: candidates in the order of time, the first
    /// of those with equal depth. Costs the commits above the last candidate; all, where there are fewer candidates and old names.
    /// </summary>
    /// <param name="log">The history.</param>
    /// <param name="commit">What is described.</param>
    /// <param name="named">Positions that have a name.</param>
    /// <param name="isPreferred">Whether a name lets the search end early: annotated tags do.</param>
    /// <returns>Null where no named commit is an ancestor.</returns>
    public static CommitDescription? Find(CommitLog log, int commit, IReadOnlySet<int> named, Func<int, bool> isPreferred) =>
        named.Contains(commit) ? new CommitDescription(commit, 0) : new Search(log, named, isPreferred).Run(commit);

    private sealed class Search(CommitLog log, IReadOnlySet<int> named, Func<int, bool> isPreferred)
    {
        private const ushort Seen = 1;

        private readonly PositionTable<ushort> _flags = new(log.Count);
        private readonly CommitQueue _queue = new();
        private readonly List<Candidate> _candidates = new(CandidatesMax);
        private readonly List<int> _parents = [];
        private readonly int[] _names = [.. named.Order()];
        private int _lowestName;

        public CommitDescription? Run(int commit)
        {
            int? gaveUpOn = Collect(commit);
            if (_candidates.Count == 0)
            {
                return null;
            }

            Candidate best = _candidates.OrderBy(c => c.Depth).ThenBy(c => c.Flag).First();
            if (gaveUpOn is { } last)
            {
                _queue.Add(last, log.CommitSecondsAt(last));
            }

            Finish(best);
            return new CommitDescription(best.Position, best.Depth);
        }

        /// <returns>The named commit that was one too many; null where there was none.</returns>
        private int? Collect(int commit)
        {
            bool hasPreferred = false;
            int seen = 0;
            _flags.At(commit) = Seen;
            _queue.Add(commit, log.CommitSecondsAt(commit));
            while (_queue.TryTake(out int position, out _))
            {
                if (named.Contains(position))
                {
                    if (_candidates.Count == CandidatesMax)
                    {
                        return position;
                    }

                    Candidate candidate = new(position, (ushort)(2 << _candidates.Count)) { Depth = seen };
                    _candidates.Add(candidate);
                    _flags.At(position) |= candidate.Flag;
                    hasPreferred |= isPreferred(position);
                }

                seen++;
                ushort flags = _flags[position];
                foreach (Candidate candidate in _candidates)
                {
                    candidate.Depth += (flags & candidate.Flag) == 0 ? 1 : 0;
                }

                if (hasPreferred && _queue.Count == 0 && IsCoveredByBest(flags))
                {
                    return null;
                }

                AddParents(position, flags);
                if (IsSettled())
                {
                    return null;
                }
            }

            return null;
        }

        private bool IsCoveredByBest(ushort flags)
        {
            int least = _candidates.Min(c => c.Depth);
            return _candidates.TrueForAll(c => c.Depth != least || (flags & c.Flag) != 0);
        }

        // Where every commit that waits belongs to all candidates and no name stands below, going on changes nothing.
        private bool IsSettled()
        {
            if (_candidates.Count == 0 || !_queue.All(p => BitsOf(_flags[p]) == _candidates.Count + 1))
            {
                return false;
            }

            while (_lowestName < _names.Length && (_flags[_names[_lowestName]] & Seen) != 0 && _candidates.Exists(c => c.Position == _names[_lowestName]))
            {
                _lowestName++;
            }

            return _lowestName == _names.Length || _queue.All(p => p < _names[_lowestName]);
        }

        private void Finish(Candidate best)
        {
            while (_queue.TryTake(out int position, out _))
            {
                ushort flags = _flags[position];
                if ((flags & best.Flag) == 0)
                {
                    best.Depth++;
                }
                else if (_queue.All(p => (_flags[p] & best.Flag) != 0))
                {
                    return;
                }

                AddParents(position, flags);
            }
        }

        private void AddParents(int position, ushort flags)
        {
            _parents.Clear();
            log.AddParents(position, _parents);
            foreach (int parent in _parents)
            {
                ref ushort marked = ref _flags.At(parent);
                if ((marked & Seen) == 0)
                {
                    _queue.Add(parent, log.CommitSecondsAt(parent));
                }

                marked |= flags;
            }
        }

        private static int BitsOf(ushort flags) => System.Numerics.BitOperations.PopCount(flags);
    }

    private sealed record Candidate(int Position, ushort Flag)
    {
        public int Depth { get; set; }
    }
}
