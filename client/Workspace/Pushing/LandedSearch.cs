using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Pushing;

/// <summary>
/// Finds local commits that the server rebased without us hearing of it: the answer to the push was lost, or the command was killed before it
/// could follow. A rebase keeps a commit's bytes but for tree, parent and signature, and changes the same files in the same way; both are compared.
/// </summary>
public static class LandedSearch
{
    // Longer stacks are not rebased by the server.
    private const int StackMax = 1024;

    // Newest commits of the server's branch to look at.
    private const int ServerCommitsMax = 100_000;

    /// <summary>Branches of which all local commits landed under other ids. Nothing is read but for branches that diverged.</summary>
    /// <param name="clone">After a pull.</param>
    /// <param name="objects">Sees the pulled commits.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static async Task<IReadOnlyList<LandedBranch>> FindAsync(Clone clone, IObjectSource objects, CancellationToken cancellationToken)
    {
        List<LandedBranch> found = [];
        foreach ((RefName branch, ObjectId tip) in clone.Local.Refs)
        {
            if (branch.IsBranch && !clone.ServerHas(branch, tip) && clone.Refs.Find(branch) is { } server
                && clone.History.TryFind(tip, out CommitNode here) && clone.History.TryFind(server.PeeledTarget, out CommitNode there)
                && await FindAsync(clone, objects, here, there, cancellationToken) is { } stack)
            {
                found.Add(new LandedBranch(branch, tip, stack.To, stack.Commits));
            }
        }

        return found;
    }

    private static async Task<(ObjectId To, List<ObjectId> Commits)?> FindAsync(
        Clone clone, IObjectSource objects, CommitNode here, CommitNode there, CancellationToken cancellationToken)
    {
        CommitLog log = clone.History;
        List<CommitNode> stack = [.. CommitWalk.Log(log, [here.Position], [there.Position]).Take(StackMax + 1)];
        if (stack.Count is 0 or > StackMax || stack.Exists(n => n.Position < log.ServerCount || log.GetParents(n.Position).Count != 1))
        {
            return null;
        }

        Dictionary<ObjectId, List<CommitNode>> candidates = [];
        foreach (CommitNode node in CommitWalk.Log(log, [there.Position], [here.Position]).Take(ServerCommitsMax))
        {
            if (log.GetParents(node.Position).Count == 1)
            {
                ObjectId key = Fingerprint(log.Read(node.Position));
                candidates[key] = [.. candidates.GetValueOrDefault(key, []), node];
            }
        }

        // Parents come first; each must be found, and the last one's place is where the branch goes.
        stack.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        CommitNode? last = null;
        foreach (CommitNode local in stack)
        {
            CommitNode? match = null;
            foreach (CommitNode candidate in candidates.GetValueOrDefault(Fingerprint(log.Read(local.Position)), []))
            {
                if (candidate.Position > (last?.Position ?? -1) && await IsSameChangeAsync(log, objects, local, candidate, cancellationToken))
                {
                    match = match is { } earlier && earlier.Position < candidate.Position ? match : candidate;
                }
            }

            if (match is null)
            {
                return null;
            }

            last = match;
        }

        return (last!.Value.Id, [.. stack.Select(n => n.Id)]);
    }

    private static async Task<bool> IsSameChangeAsync(CommitLog log, IObjectSource objects, CommitNode local, CommitNode server, CancellationToken cancellationToken)
    {
        ObjectId localParent = log.GetNode(log.GetParents(local.Position)[0]).Tree;
        ObjectId serverParent = log.GetNode(log.GetParents(server.Position)[0]).Tree;
        await objects.EnsureTreesAsync([server.Tree, serverParent], [local.Tree, localParent], cancellationToken);
        IReadOnlyList<TreeChange> ours = await TreeDiff.CompareAsync(objects, localParent, local.Tree, cancellationToken);
        IReadOnlyList<TreeChange> theirs = await TreeDiff.CompareAsync(objects, serverParent, server.Tree, cancellationToken);
        return ours.Count == theirs.Count && ours.Zip(theirs).All(p => p.First.Path.Span.SequenceEqual(p.Second.Path.Span) && p.First.New == p.Second.New);
    }

    private static ObjectId Fingerprint(Commit commit)
    {
        byte[] kept = [.. commit.AuthorLine.Span, (byte)'\n', .. commit.CommitterLine.Span, (byte)'\n', .. commit.Encoding.Span, (byte)'\n', .. commit.Message.Span];
        return ObjectHasher.Hash(ObjectKind.Commit, kept);
    }
}
