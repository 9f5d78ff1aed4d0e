using Monorepo.Core;
using Monorepo.Services;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Workspace.Objects;

/// <summary>
/// Finds out what of a sparse working copy's trees is not here. Only directories that rules look into are walked, and of those that they have whole only
/// what differs from what the caller has.
/// </summary>
internal static class MissingInside
{
    // More are asked for by whoever reads them.
    private const int HolesMax = 4096;

    /// <summary>The question for all of it, whatever is here.</summary>
    public static TreeQuery Whole(SparseView fresh, SparseView? held)
    {
        bool isSame = held is { Root: not null } before && ReferenceEquals(before.Rules, fresh.Rules);
        IReadOnlyList<ReadOnlyMemory<byte>> tops = fresh.Rules.FindTops();
        return new TreeQuery([fresh.Root!.Value], isSame ? [held!.Value.Root!.Value] : [], tops.Count > ServiceLimits.IdsMax ? [] : tops);
    }

    /// <summary>
    /// The next question on the way to what is inside; null where it is complete. Where directories are missing of which a part is wanted, these come first, by the paths
    /// that are wanted of any of them; then those whose trees are wanted whole. Nothing is asked from a root that is here: a server may not know it.
    /// </summary>
    public static TreeQuery? Find(ObjectSource source, SparseView fresh, SparseView? held, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> seen = [];
        HashSet<ObjectId> holes = [];
        HashSet<ObjectId> beside = [];
        HashSet<ObjectId> parts = [];
        HashSet<byte[]> tops = new(BytesComparer.Instance);
        Stack<Visit> open = new([new Visit(fresh.Root!.Value, fresh.Rules.Top, held?.Root, held?.Rules.Top)]);
        while (open.TryPop(out Visit visit))
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isWhole = visit.Scope.Cover == SparseCover.All;
            if (visit.Scope.Cover == SparseCover.None || visit.IsHeld || (isWhole && !seen.Add(visit.Tree)))
            {
                continue;
            }

            if (source.TryReadLocal(visit.Tree) is not { } tree)
            {
                if (visit.Tree == fresh.Root)
                {
                    return Whole(fresh, held);
                }

                if (SparseTops.Find(visit.Scope) is { Count: > 0 } wanted)
                {
                    parts.Add(visit.Tree);
                    tops.UnionWith(wanted.Select(static t => t.ToArray()));
                }
                else if (holes.Count < HolesMax)
                {
                    holes.Add(visit.Tree);
                    if (visit is { Held: { } other, HeldScope.Cover: SparseCover.All })
                    {
                        beside.Add(other);
                    }
                }

                continue;
            }

            AddChildren(source, tree, visit, open);
        }

        if (parts.Count > 0)
        {
            return new TreeQuery([.. parts.Take(ServiceLimits.IdsMax)], [], tops.Count <= ServiceLimits.IdsMax ? [.. tops.Select(static t => (ReadOnlyMemory<byte>)t)] : []);
        }

        return holes.Count == 0 ? null : new TreeQuery(holes, [.. beside.Take(ServiceLimits.HavesMax)], []);
    }

    private static void AddChildren(ObjectSource source, GitObject tree, Visit visit, Stack<Visit> open)
    {
        if (tree.Kind != ObjectKind.Tree)
        {
            return;
        }

        Dictionary<string, ObjectId> held = visit.Held is { } id && source.TryReadLocal(id) is { Kind: ObjectKind.Tree } other ? Directories(other) : [];
        foreach ((string name, ObjectId child) in Directories(tree))
        {
            byte[] bytes = System.Text.Encoding.Latin1.GetBytes(name);
            SparseScope scope = visit.Scope.Enter(bytes);
            SparseScope? heldScope = ReferenceEquals(visit.Scope, visit.HeldScope) ? scope : visit.HeldScope?.Enter(bytes);
            open.Push(new Visit(child, scope, held.TryGetValue(name, out ObjectId same) ? same : null, heldScope));
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
    /// <param name="Scope">What of it is wanted.</param>
    /// <param name="Held">What the caller has at the same path; null: nothing.</param>
    /// <param name="HeldScope">What of that it has.</param>
    private readonly record struct Visit(ObjectId Tree, SparseScope Scope, ObjectId? Held, SparseScope? HeldScope)
    {
        public bool IsHeld => Held == Tree && (ReferenceEquals(Scope, HeldScope) || HeldScope is { Cover: SparseCover.All });
    }
}
