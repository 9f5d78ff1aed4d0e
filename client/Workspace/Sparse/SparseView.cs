using Monorepo.Core;

namespace Monorepo.Workspace.Sparse;

/// <summary>What of a tree a working copy has.</summary>
/// <param name="Root">The tree's id; null: the empty tree.</param>
/// <param name="Rules">Which of its paths.</param>
public readonly record struct SparseView(ObjectId? Root, SparseRules Rules)
{
    /// <summary>All of a tree.</summary>
    public static SparseView Whole(ObjectId? root) => new(root, SparseRules.Everything);
}
