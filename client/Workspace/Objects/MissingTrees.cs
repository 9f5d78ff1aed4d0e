using Monorepo.Core;
using Monorepo.Services;
using Monorepo.Workspace.Remote;

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

    /// <param name="Tree">To be looked at.</param>
    /// <param name="Haves">What the caller has at the same path.</param>
    private readonly record struct Visit(ObjectId Tree, ObjectId[] Haves);
}
