using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>What was checked out before the last switch: what <c>-</c> names. A hint, in a file as HEAD's, which may be lost or old.</summary>
public static class PreviousHead
{
    private static string PathIn(ClonePaths paths) => Path.Combine(paths.State, "HEAD.before");

    /// <summary>Null where nothing is known.</summary>
    public static HeadState? Find(ClonePaths paths)
    {
        try
        {
            return HeadState.Load(PathIn(paths));
        }
        catch (CorruptHistoryException)
        {
            return null;
        }
    }

    /// <summary>Remembers what is left, unless a branch just moves on.</summary>
    internal static void Record(ClonePaths paths, HeadState left, HeadState entered)
    {
        bool isSwitch = left.Branch != entered.Branch || (left.IsDetached && left.Commit != entered.Commit);
        if (isSwitch && left.Commit is not null)
        {
            left.SaveLazily(PathIn(paths));
        }
    }
}
