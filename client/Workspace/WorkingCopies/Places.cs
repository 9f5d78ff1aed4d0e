using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>Paths that stand for what is below them.</summary>
internal static class Places
{
    /// <summary>Ascending, each once, none in another.</summary>
    public static List<byte[]> Topmost(IEnumerable<byte[]> paths)
    {
        HashSet<byte[]> all = new(paths, BytesComparer.Instance);
        if (all.Contains([]))
        {
            return [[]];
        }

        HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> lookup = all.GetAlternateLookup<ReadOnlySpan<byte>>();
        List<byte[]> topmost = [];
        foreach (byte[] path in all)
        {
            bool isInner = false;
            for (int slash = path.AsSpan().LastIndexOf((byte)'/'); slash > 0 && !isInner; slash = path.AsSpan(0, slash).LastIndexOf((byte)'/'))
            {
                isInner = lookup.Contains(path.AsSpan(0, slash));
            }

            if (!isInner)
            {
                topmost.Add(path);
            }
        }

        topmost.Sort(BytesComparer.Instance);
        return topmost;
    }

    /// <summary>Whether a path is one of some places or below one.</summary>
    public static bool Include(IReadOnlyList<byte[]> places, ReadOnlySpan<byte> path)
    {
        foreach (byte[] place in places)
        {
            if (TreePaths.IsUnder(path, place))
            {
                return true;
            }
        }

        return false;
    }
}
