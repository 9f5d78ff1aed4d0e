using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Pushing;

/// <summary>A branch's local commits that are in the server's log under other ids.</summary>
/// <param name="Branch">The branch.</param>
/// <param name="From">Where it is here.</param>
/// <param name="To">The server's commit that took the place of <paramref name="From"/>.</param>
/// <param name="Commits">The local commits that are of no more use.</param>
public sealed record LandedBranch(RefName Branch, ObjectId From, ObjectId To, IReadOnlyCollection<ObjectId> Commits);

/// <summary>
/// Follows the server after it took local commits: moves branches and the working copy from the local commits to the server's, and forgets the
/// local ones. Each step can be cut and is taken up by the next pull or push. Not thread-safe.
/// </summary>
/// <param name="clone">Has pulled the server's commits.</param>
/// <param name="workingCopy">Of the clone.</param>
/// <param name="objects">Sees the pulled commits; what changed is read through it, fetched at most once.</param>
/// <param name="cache">Takes over the objects of the local commits.</param>
public sealed class Landing(Clone clone, WorkingCopy workingCopy, IObjectSource objects, ObjectCache cache)
{
    /// <summary>Takes branches over, then forgets all that landed.</summary>
    /// <returns>The refused checkout where changes that are not committed stand in the way: that branch and its commits stay as they are. Otherwise null.</returns>
    public async Task<CheckoutResult?> FollowAsync(IReadOnlyList<LandedBranch> branches, IProgress<CheckoutProgress>? progress, CancellationToken cancellationToken)
    {
        CheckoutResult? refused = null;
        HashSet<ObjectId> rebased = [];
        foreach (LandedBranch landed in branches)
        {
            if (clone.Head is { Branch: { } branch, Commit: { } commit } && branch == landed.Branch && commit == landed.From)
            {
                if (!clone.History.TryFind(landed.To, out CommitNode node))
                {
                    continue;
                }

                CheckoutResult result = await workingCopy.CheckoutAsync(
                    objects, node.Tree, new HeadState(branch, landed.To), force: false, progress, cancellationToken);
                if (!result.IsDone)
                {
                    refused = result;
                    continue;
                }
            }

            rebased.UnionWith(landed.Commits);
        }

        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        (int commits, int refs) = (clone.Local.Commits.Count, clone.Local.Refs.Count);
        clone.DropLanded(
            [.. branches.Where(b => rebased.IsSupersetOf(b.Commits) && clone.Local.Refs.TryGetValue(b.Branch, out ObjectId at) && at == b.From).Select(b => b.Branch)],
            rebased,
            entries => cache.Add(entries));
        if (clone.Local.Commits.Count < commits || clone.Local.Refs.Count < refs)
        {
            held.Publishes();
        }

        return refused;
    }
}
