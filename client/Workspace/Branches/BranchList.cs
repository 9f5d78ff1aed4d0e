using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Branches;

/// <summary>A branch as it is listed.</summary>
/// <param name="Name">The full name; a server's that stands beside the one here is under <c>refs/remotes/origin/</c>.</param>
/// <param name="Target">Its commit; null: it has none yet.</param>
/// <param name="IsCurrent">It is checked out.</param>
/// <param name="IsLocal">It has commits that the server's has not, or the server has none of its name.</param>
public readonly record struct ListedBranch(RefName Name, ObjectId? Target, bool IsCurrent, bool IsLocal)
{
    public const string Remotes = "refs/remotes/";

    public bool IsRemote => Name.Value.StartsWith(Remotes, StringComparison.Ordinal);
}

public static class BranchList
{
    /// <summary>The branches somebody works on here: local ones, the one that is checked out, and the server's default. Sorted by name.</summary>
    public static IReadOnlyList<ListedBranch> Here(Clone clone)
    {
        SortedSet<RefName> names = [.. clone.Local.Refs.Keys.Where(static n => n.IsBranch)];
        HeadState head = clone.Head;
        if (head.Branch is { } current && (head.Commit is not null || BranchNames.Find(clone, current) is not null))
        {
            names.Add(current);
        }

        if (clone.Refs.DefaultBranch is { } main && clone.Refs.Find(main) is not null)
        {
            names.Add(main);
        }

        return [.. names.Select(n => Describe(clone, n))];
    }

    /// <summary>The server's branches as of the last pull, under <c>refs/remotes/origin/</c>. Sorted by name.</summary>
    public static IEnumerable<ListedBranch> OnServer(Clone clone) =>
        clone.Refs.List(RefName.Branches).Select(static e => new ListedBranch(RefName.Parse($"{ListedBranch.Remotes}origin/{e.Name.Short}"), e.PeeledTarget, false, false));

    private static ListedBranch Describe(Clone clone, RefName name)
    {
        bool isCurrent = clone.Head.Branch == name;
        ObjectId? target = isCurrent && clone.Head.Commit is { } commit ? commit : BranchNames.Find(clone, name);
        return new ListedBranch(name, target, isCurrent, clone.Local.Refs.ContainsKey(name) || clone.Refs.Find(name) is null);
    }
}
