namespace Monorepo.Workspace.History.Walking;

/// <summary>Leaves out of a walk what is of no interest, as git's history simplification does. Asked once or more for each commit; the answers don't change.</summary>
public interface IHistorySimplifier
{
    /// <summary>Adds the parents to walk to, in the commit's order.</summary>
    /// <param name="position">A commit of the walk.</param>
    /// <param name="parents">Added to.</param>
    /// <returns>Whether the commit itself is to be shown.</returns>
    bool Simplify(int position, List<int> parents);

    /// <summary>
    /// Steps over commits that are not shown and lead to one parent only. For a walk at a commit that is the only one left to look at, where
    /// their times can't change the order of what is shown.
    /// </summary>
    /// <returns>The commit where that ends; <paramref name="position"/> itself where it does not begin.</returns>
    int Skip(int position);
}
