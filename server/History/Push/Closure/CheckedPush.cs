using Monorepo.Core;
using Monorepo.History.Push.Intake;
using Monorepo.History.Push.Policy;

namespace Monorepo.History.Push.Closure;

/// <summary>A commit that is not in the log yet.</summary>
internal sealed record NewCommit(ObjectId Id, Commit Commit)
{
    public ObjectId Tree => Commit.Tree;

    public IReadOnlyList<ObjectId> Parents => Commit.Parents;
}

/// <summary>A ref change whose target was found and is complete.</summary>
/// <param name="Request">What the client asks.</param>
/// <param name="Peeled">What an annotated tag names in the end; null for other targets and deletions.</param>
/// <param name="IsCommit">The target itself is a commit.</param>
internal sealed record CheckedUpdate(RequestedUpdate Request, ObjectId? Peeled, bool IsCommit);

/// <summary>
/// A push of which every object is what it says and every commit complete: all it names is in the push, or known to be whole in the store.
/// </summary>
/// <param name="Updates">In the order of the request.</param>
/// <param name="Commits">Not in the log when it was checked; parents before children.</param>
/// <param name="Objects">Those of the spool that the targets need and the store may lack.</param>
/// <param name="Spool">Holds them; belongs to the caller.</param>
/// <param name="Policy">The repository's.</param>
/// <param name="Violation">The rule of it that the push breaks; null when it breaks none.</param>
internal sealed record CheckedPush(
    IReadOnlyList<CheckedUpdate> Updates, IReadOnlyList<NewCommit> Commits, IReadOnlySet<ObjectId> Objects, ObjectSpool Spool, PushPolicy Policy,
    PolicyViolation? Violation)
{
    /// <summary>Whether an update would show the commit that breaks a rule.</summary>
    public bool IsViolated(CheckedUpdate update)
    {
        if (Violation is null || update.Request.New is not { } target)
        {
            return false;
        }

        HashSet<ObjectId> behind = [target, update.Peeled ?? target];
        foreach (NewCommit commit in Commits.Reverse().Where(c => behind.Contains(c.Id)))
        {
            behind.UnionWith(commit.Parents);
        }

        return behind.Contains(Violation.Commit);
    }
}
