using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Workspace.Clones;

/// <summary>How a branch here and the server's of the same name differ, as of the last pull or push.</summary>
/// <param name="Branch">The branch.</param>
/// <param name="Ahead">Commits that the server's has not.</param>
/// <param name="Behind">Commits that only the server's has.</param>
public sealed record BranchDivergence(RefName Branch, int Ahead, int Behind)
{
    /// <summary>Of what is checked out. Null where that is no branch, the server has none of that name, or a shallow clone has too little to know. Costs the commits that differ.</summary>
    public static BranchDivergence? Of(Clone clone) =>
        clone.Head is { Branch: { } branch, Commit: { } commit } ? Of(clone, branch, commit) : null;

    /// <param name="clone">Where to look.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="commit">Where it is here.</param>
    public static BranchDivergence? Of(Clone clone, RefName branch, ObjectId commit)
    {
        if (clone.Refs.Find(branch) is not { } server
            || !clone.History.TryFind(commit, out CommitNode here) || !clone.History.TryFind(server.PeeledTarget, out CommitNode there))
        {
            return null;
        }

        if (here.Position == there.Position)
        {
            return new BranchDivergence(branch, 0, 0);
        }

        try
        {
            (int ahead, int behind) = CommitWalk.CountDivergence(clone.History, here.Position, there.Position);
            return new BranchDivergence(branch, ahead, behind);
        }
        catch (ShallowHistoryException)
        {
            return null;
        }
    }
}
