namespace Monorepo.Workspace.History.Walking;

/// <summary>Whose ancestor a commit is; see <see cref="Ancestry"/>.</summary>
[Flags]
internal enum Sides : byte
{
    None = 0,
    Left = 1,
    Right = 2,

    /// <summary>Not wanted, and neither are its ancestors.</summary>
    Stale = 4,
}

/// <summary>
/// Carries marks from commits to their parents in descending positions. Children stand above their parents, so the marks of a commit are
/// final when it is taken. Costs the commits taken and some bytes for each position between the first and the last. Not thread-safe.
/// </summary>
internal sealed class Ancestry(CommitLog log)
{
    private readonly PositionTable<Sides> _sides = new(log.Count);
    private int _next = log.Count;

    /// <summary>Marked commits that were not taken yet and are not stale.</summary>
    public int FreshCount { get; private set; }

    /// <summary>The marks so far; final once everything above the position was taken.</summary>
    public Sides SidesOf(int position) => _sides[position];

    /// <param name="position">Below everything taken so far.</param>
    /// <param name="sides">Added to what it has.</param>
    public void Mark(int position, Sides sides)
    {
        ref Sides marked = ref _sides.At(position);
        bool wasFresh = IsFresh(marked);
        marked |= sides;
        FreshCount += (IsFresh(marked) ? 1 : 0) - (wasFresh ? 1 : 0);
    }

    /// <summary>Takes the highest marked commit that stands above a position. The caller marks its parents.</summary>
    public bool TryTakeAbove(int position, out int taken, out Sides sides)
    {
        taken = _next > position + 1 ? _sides.FindBetween(position, _next) : -1;
        if (taken < 0)
        {
            sides = Sides.None;
            return false;
        }

        _next = taken;
        sides = _sides[taken];
        FreshCount -= IsFresh(sides) ? 1 : 0;
        return true;
    }

    private static bool IsFresh(Sides sides) => sides != Sides.None && (sides & Sides.Stale) == Sides.None;
}
