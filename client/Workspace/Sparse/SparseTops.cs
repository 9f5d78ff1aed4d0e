using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Sparse;

/// <summary>What a server is told of rules: it leaves out what is not at or below some paths.</summary>
internal static class SparseTops
{
    // Each is held against all patterns; with more, a server is told of paths that other rules take out again.
    private const int CheckedMax = 1_000;

    /// <summary>
    /// Paths such that all that is in is at or below one of them, for a server that is to leave out the rest; none in another. They may hold
    /// more than what is in. Empty: nothing can be left out.
    /// </summary>
    /// <param name="scope">The directory that paths begin from.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Find(SparseScope scope)
    {
        HashSet<byte[]> tops = new(BytesComparer.Instance);
        if (!scope.TryAddTops(tops))
        {
            return [];
        }

        List<ReadOnlyMemory<byte>> kept = [];
        foreach (byte[] top in tops.Order(Comparer<byte[]>.Create(CompareByNames)))
        {
            bool isBelowLast = kept.Count > 0 && TreePaths.IsUnder(top, kept[^1].Span);
            if (!isBelowLast && (tops.Count > CheckedMax || !scope.IsOutside(top)))
            {
                kept.Add(top);
            }
        }

        return kept;
    }

    // A slash before every other byte, so that what is below a directory follows it at once.
    private static int CompareByNames(byte[] a, byte[] b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        return common == a.Length || common == b.Length ? a.Length.CompareTo(b.Length) : Rank(a[common]).CompareTo(Rank(b[common]));

        static int Rank(byte value) => value == '/' ? -1 : value;
    }
}
