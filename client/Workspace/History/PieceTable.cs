namespace Monorepo.Workspace.History;

/// <summary>Where a piece is.</summary>
/// <param name="First">The position of its first commit.</param>
/// <param name="Commits">In it.</param>
/// <param name="IsTail">In the tail file rather than in <c>segments</c>.</param>
/// <param name="Offset">In its file.</param>
/// <param name="Bytes">Of the piece.</param>
internal readonly record struct PieceLocation(int First, int Commits, bool IsTail, long Offset, int Bytes);

/// <summary>Finds the piece that holds a position: by bisection, with one entry for thousands of commits. Thread-safe.</summary>
internal sealed class PieceTable
{
    private readonly PieceLocation[] _pieces;
    private readonly int[] _firsts;

    public PieceTable(HistoryState state)
    {
        _pieces = new PieceLocation[state.Segments.Length + state.Tail.Length];
        int at = 0;
        int first = 0;
        Add(state.Segments.AsSpan(), isTail: false, ref at, ref first);
        Add(state.Tail.AsSpan(), isTail: true, ref at, ref first);
        _firsts = Array.ConvertAll(_pieces, static p => p.First);
    }

    public ReadOnlySpan<PieceLocation> All => _pieces;

    /// <param name="position">Below the state's commits.</param>
    public PieceLocation Find(int position)
    {
        int found = Array.BinarySearch(_firsts, position);
        return _pieces[found < 0 ? ~found - 1 : found];
    }

    private void Add(ReadOnlySpan<PieceEntry> entries, bool isTail, ref int at, ref int first)
    {
        long offset = 0;
        foreach (PieceEntry entry in entries)
        {
            _pieces[at++] = new PieceLocation(first, entry.Commits, isTail, offset, entry.Bytes);
            first += entry.Commits;
            offset += entry.Bytes;
        }
    }
}
