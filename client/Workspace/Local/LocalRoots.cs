using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Local;

/// <summary>
/// Everything in a clone, in all its working copies, that names local commits: what none of these names or descends to, <c>mr gc</c> may drop. Whoever adds something
/// that names commits adds a line to <see cref="s_sources"/>, and its objects are safe.
/// </summary>
public static class LocalRoots
{
    private static readonly Func<Clone, IEnumerable<ObjectId>>[] s_sources =
    [
        static clone => clone.Local.Refs.Values.SelectMany<ObjectId, ObjectId>(id => [id, clone.Local.Peel(id)]),
        static clone => clone.Head.Commit is { } commit ? [commit] : [],
        static clone => WorktreeList.Of(clone.Paths).SelectMany(NamedBy),
        static clone => StashList.BasesOf(clone.Paths),
        static clone => OfflineStore.CommitsOf(clone.Paths),
    ];

    /// <summary>The commits that are named now. The caller holds the clone's lock and has refreshed the clone.</summary>
    public static HashSet<ObjectId> Of(Clone clone) => [.. s_sources.SelectMany(source => source(clone))];

    private static IEnumerable<ObjectId> NamedBy(Worktree worktree)
    {
        ObjectId?[] heads = [worktree.Head?.Commit, CheckoutJournal.Load(worktree.Paths.CheckoutJournal)?.Head.Commit];
        return [.. heads.OfType<ObjectId>(), .. new OperationFiles(worktree.Paths.State).FindNamed(), .. OperationLog.Load(worktree.Paths.Operations).FindNamed()];
    }
}
