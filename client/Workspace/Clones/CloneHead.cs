using Monorepo.Formats.Watching;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Clones;

/// <summary>What a status says of the commit that is checked out.</summary>
public static class CloneHead
{
    /// <summary>Costs the commits in which the branch and the server's differ.</summary>
    public static StatusHead Describe(Clone clone)
    {
        HeadState head = clone.Head;
        BranchDivergence? divergence = BranchDivergence.Of(clone);
        return new StatusHead(
            head.Branch?.Short,
            head.Commit,
            head is { Branch: null, Commit: { } commit } ? clone.History.Abbreviate(commit) : null,
            head.Branch is { } branch && clone.Refs.Find(branch) is not null,
            divergence?.Ahead,
            divergence?.Behind);
    }
}
