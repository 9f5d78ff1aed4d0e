using Monorepo.Core;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Merging;

/// <summary>Finds the tree that two commits' changes are measured from. Several best common ancestors are merged to a virtual one, those of which first, as git does.</summary>
/// <param name="log">The commits.</param>
/// <param name="made">Reads trees; virtual ones are added.</param>
public sealed class MergeBase(CommitLog log, MadeObjects made)
{
    /// <summary>Deeper criss-cross takes the oldest ancestor for the base.</summary>
    private const int DepthMax = 32;

    private static readonly MergeLabels s_labels = new("Temporary merge branch 1", "Temporary merge branch 2");

    /// <returns>Null: the two have no commit in common.</returns>
    public Task<ObjectId?> FindTreeAsync(CommitNode ours, CommitNode theirs, CancellationToken cancellationToken) =>
        FindTreeAsync([ours.Position], theirs.Position, 0, cancellationToken);

    // Ours may be a virtual commit: the merge of several.
    private async Task<ObjectId?> FindTreeAsync(List<int> ours, int theirs, int depth, CancellationToken cancellationToken)
    {
        IReadOnlyList<CommitNode> bases = CommitWalk.MergeBases(log, theirs, ours);
        if (bases.Count == 0)
        {
            return null;
        }

        // The oldest first.
        CommitNode first = bases[^1];
        ObjectId tree = first.Tree;
        List<int> merged = [first.Position];
        for (int i = bases.Count - 2; i >= 0 && depth < DepthMax; i--)
        {
            ObjectId? fork = await FindTreeAsync(merged, bases[i].Position, depth + 1, cancellationToken);
            tree = (await TreeMerge.MergeAsync(made, fork, tree, bases[i].Tree, s_labels, DirectoryRenames.False, depth + 1, cancellationToken)).Tree;
            merged.Add(bases[i].Position);
        }

        return tree;
    }
}
