using Monorepo.Workspace.Clones;

namespace Monorepo.Workspace.Commits;

/// <summary>Whether the commit that is checked out can be amended: asked before somebody writes a message for it.</summary>
public static class Amending
{
    /// <summary><see cref="CommitOutcome.NothingToAmend"/> or <see cref="CommitOutcome.ServerHasIt"/>; null: it can.</summary>
    public static CommitOutcome? Refuse(Clone clone) => AmendedCommit.Find(clone, clone.Head, out CommitOutcome refused) is null ? refused : null;
}
