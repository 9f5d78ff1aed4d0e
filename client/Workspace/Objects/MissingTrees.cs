using Monorepo.Core;
using Monorepo.Services;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Objects;

/// <summary>
/// Finds out what of some trees is not here: walks them level by level beside the trees the caller has, so that equal subtrees cost nothing.
/// </summary>
internal static class MissingTrees
{
    // Past this many holes asking for the roots again is the smaller question.
    private const int HolesMax = 4096;

    /// <summary>The question that makes the trees complete; null where they are.</summary>
    public static TreeQuery? Find(ObjectSource source, IReadOnlyCollection<ObjectId> roots, IReadOnlyCollection<ObjectId> haves, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> seen = [];
        HashSet<ObjectId> holes = [];
        HashSet<ObjectId> beside = [];
        List<Visit> level = [];
        ObjectId[] haveRoots = [.. haves];
        foreach (ObjectId root in roots)
        {
            AddVisit(root, haveRoots, seen, level);
        }

        while (level.Count > 0)
        {
            List<Visit> next = [];
            foreach (Visit visit in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (source.TryReadLocal(visit.Tree) is not { } tree)
                {
                    holes.Add(visit.Tree);
                    beside.UnionWith(visit.Haves);
                    continue;
                }

                AddChildren(source, tree, visit.Haves, seen, next);
            }

            level = next;
        }

        return holes.Count switch
        {
            0 => null,
            <= HolesMax when beside.Count <= ServiceLimits.HavesMax => new TreeQuery(holes, beside, []),
            _ => new TreeQuery(roots, [.. haves.Take(ServiceLimits.HavesMax)], []),
        };
    }

    /// <summary>
    /// The question for the pairs of trees that can't be compared with what is here; null where all can. Where one of a pair is not on the server, it is for what lies
    /// below, as far as <see cref="FindBesideOwn"/> finds nothing more.
    /// </summary>
    /// <param name="source">What is here.</param>
    /// <param name="pairs">To be compared.</param>
    /// <param name="paths">Only trees on the way to one of these or below it; none: all.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static TreeQuery? FindDifferences(
        ObjectSource source, IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, CancellationToken cancellationToken)
    {
        List<ObjectId> roots = [];
        bool hasOpened = false;
        foreach (PairUnder pair in ListKnown(source, pairs, paths))
        {
            bool isHere = pair.Paths.Count == 0
                ? HasDifference(source, pair.Pair, default, cancellationToken)
                : pair.Paths.All(p => HasDifference(source, pair.Pair, p, cancellationToken));
            if (!isHere)
            {
                roots.AddRange([pair.Pair.Left ?? ObjectId.Null, pair.Pair.Right ?? ObjectId.Null]);
                hasOpened |= pair.IsBelow;
            }
        }

        // Paths are those of the roots; below them they would mean something else.
        return roots.Count == 0 ? null : new TreeQuery(roots, [], hasOpened ? [] : paths, Differing: true);
    }

    /// <summary>
    /// Trees that have to be here before the server can be asked for differences: those beside one that it does not have. There may be more when these are here.
    /// </summary>
    public static List<ObjectId> FindBesideOwn(ObjectSource source, IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths)
    {
        HashSet<ObjectId> missing = [];
        foreach (PairUnder pair in ListKnown(source, pairs, paths))
        {
            if (source.IsOwn(pair.Pair.Left) || source.IsOwn(pair.Pair.Right))
            {
                missing.UnionWith(new[] { pair.Pair.Left, pair.Pair.Right }.OfType<ObjectId>().Where(id => source.TryReadLocal(id) is null));
            }
        }

        return [.. missing];
    }

    /// <summary>Whether finding a path below a tree reads nothing that is not here.</summary>
    public static bool HasWay(ObjectSource source, ObjectId root, ReadOnlySpan<byte> path)
    {
        ObjectId at = root;
        while (true)
        {
            if (!TryList(source, at, out Dictionary<string, ObjectId> directories))
            {
                return false;
            }

            int slash = path.IndexOf((byte)'/');
            if (slash < 0 || !directories.TryGetValue(System.Text.Encoding.Latin1.GetString(path[..slash]), out at))
            {
                return true;
            }

            path = path[(slash + 1)..];
        }
    }

    // Opens pairs of which the server does not know both: gives what of it can be asked for, and what can't be opened.
    private static IEnumerable<PairUnder> ListKnown(ObjectSource source, IReadOnlyCollection<TreePair> pairs, IReadOnlyCollection<ReadOnlyMemory<byte>> paths)
    {
        Stack<PairUnder> open = new(pairs.Select(p => new PairUnder(p, paths, IsBelow: false)));
        while (open.TryPop(out PairUnder next))
        {
            if (next.Pair.Left == next.Pair.Right)
            {
                continue;
            }

            if ((!source.IsOwn(next.Pair.Left) && !source.IsOwn(next.Pair.Right))
                || !TryList(source, next.Pair.Left, out Dictionary<string, ObjectId> lefts)
                || !TryList(source, next.Pair.Right, out Dictionary<string, ObjectId> rights))
            {
                yield return next;
                continue;
            }

            foreach (string name in lefts.Keys.Union(rights.Keys, StringComparer.Ordinal))
            {
                if (TryNarrow(next.Paths, name, out IReadOnlyCollection<ReadOnlyMemory<byte>> rest))
                {
                    open.Push(new PairUnder(PairOf(lefts, rights, name), rest, IsBelow: true));
                }
            }
        }
    }

    // What is left of the paths that lead through a name; none of them: all of it.
    private static bool TryNarrow(IReadOnlyCollection<ReadOnlyMemory<byte>> paths, string name, out IReadOnlyCollection<ReadOnlyMemory<byte>> rest)
    {
        byte[] first = System.Text.Encoding.Latin1.GetBytes(name);
        ReadOnlyMemory<byte>[] through = [.. paths.Where(p => TreePaths.IsUnder(p.Span, first))];
        bool isWhole = through.Any(p => p.Length == first.Length);
        rest = isWhole ? [] : [.. through.Select(p => p[(first.Length + 1)..])];
        return paths.Count == 0 || through.Length > 0;
    }

    private static bool HasDifference(ObjectSource source, TreePair top, ReadOnlyMemory<byte> under, CancellationToken cancellationToken)
    {
        Stack<(TreePair Trees, ReadOnlyMemory<byte> Under)> pairs = new([(top, under)]);
        HashSet<TreePair> seen = [];
        while (pairs.TryPop(out (TreePair Trees, ReadOnlyMemory<byte> Under) pair))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (pair.Trees.Left == pair.Trees.Right || (pair.Under.IsEmpty && !seen.Add(pair.Trees)))
            {
                continue;
            }

            if (!TryList(source, pair.Trees.Left, out Dictionary<string, ObjectId> lefts) || !TryList(source, pair.Trees.Right, out Dictionary<string, ObjectId> rights))
            {
                return false;
            }

            int slash = pair.Under.Span.IndexOf((byte)'/');
            ReadOnlyMemory<byte> name = slash < 0 ? pair.Under : pair.Under[..slash];
            ReadOnlyMemory<byte> rest = slash < 0 ? default : pair.Under[(slash + 1)..];
            IEnumerable<string> names = name.IsEmpty ? lefts.Keys.Union(rights.Keys, StringComparer.Ordinal) : [System.Text.Encoding.Latin1.GetString(name.Span)];
            foreach (string child in names)
            {
                pairs.Push((PairOf(lefts, rights, child), rest));
            }
        }

        return true;
    }

    /// <summary>The directories of two trees that differ, by name; null: one has none of that name.</summary>
    internal static IEnumerable<TreePair> Children(GitObject? left, GitObject? right)
    {
        Dictionary<string, ObjectId> lefts = left is null ? [] : Directories(left);
        Dictionary<string, ObjectId> rights = right is null ? [] : Directories(right);
        return lefts.Keys.Union(rights.Keys, StringComparer.Ordinal).Select(n => PairOf(lefts, rights, n)).Where(static p => p.Left != p.Right);
    }

    private static TreePair PairOf(Dictionary<string, ObjectId> lefts, Dictionary<string, ObjectId> rights, string name) =>
        new(lefts.TryGetValue(name, out ObjectId left) ? left : null, rights.TryGetValue(name, out ObjectId right) ? right : null);

    private static bool TryList(ObjectSource source, ObjectId? tree, out Dictionary<string, ObjectId> directories)
    {
        GitObject? read = tree is { } id ? source.TryReadLocal(id) : null;
        directories = read is { Kind: ObjectKind.Tree } ? Directories(read) : [];
        return tree is null || read is not null;
    }

    private static void AddChildren(ObjectSource source, GitObject tree, ObjectId[] haves, HashSet<ObjectId> seen, List<Visit> next)
    {
        if (tree.Kind != ObjectKind.Tree)
        {
            return;
        }

        List<Dictionary<string, ObjectId>> besides = [];
        foreach (ObjectId have in haves)
        {
            if (source.TryReadLocal(have) is { Kind: ObjectKind.Tree } known)
            {
                besides.Add(Directories(known));
            }
        }

        foreach ((string name, ObjectId id) in Directories(tree))
        {
            List<ObjectId> same = [];
            foreach (Dictionary<string, ObjectId> known in besides)
            {
                if (known.TryGetValue(name, out ObjectId other))
                {
                    same.Add(other);
                }
            }

            AddVisit(id, [.. same], seen, next);
        }
    }

    private static void AddVisit(ObjectId tree, ObjectId[] haves, HashSet<ObjectId> seen, List<Visit> level)
    {
        if (!haves.Contains(tree) && seen.Add(tree))
        {
            level.Add(new Visit(tree, haves));
        }
    }

    // Latin-1 keeps every byte apart, so names are compared as bytes.
    private static Dictionary<string, ObjectId> Directories(GitObject tree)
    {
        Dictionary<string, ObjectId> directories = new(StringComparer.Ordinal);
        foreach (TreeEntry entry in new TreeReader(tree.Body.Span))
        {
            if (entry.Mode.IsDirectory())
            {
                directories[System.Text.Encoding.Latin1.GetString(entry.Name)] = entry.Id;
            }
        }

        return directories;
    }

    /// <param name="Pair">To be compared.</param>
    /// <param name="Paths">Below it; none: all.</param>
    /// <param name="IsBelow">It is none of the roots.</param>
    private readonly record struct PairUnder(TreePair Pair, IReadOnlyCollection<ReadOnlyMemory<byte>> Paths, bool IsBelow);

    /// <param name="Tree">To be looked at.</param>
    /// <param name="Haves">What the caller has at the same path.</param>
    private readonly record struct Visit(ObjectId Tree, ObjectId[] Haves);
}
