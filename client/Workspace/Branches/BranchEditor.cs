using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.WorkingCopies;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Branches;

/// <summary>
/// Makes, deletes and renames branches of a clone. They are local until they are pushed; the server's are not touched. Takes the clone's lock for each change.
/// </summary>
public sealed class BranchEditor(Clone clone)
{
    /// <summary>Makes a branch; nothing is checked out.</summary>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange Create(RefName name, ObjectId commit)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        if (Refuse(name) is { } refused)
        {
            return refused;
        }

        clone.Local.SetRefs([(name, commit)]);
        return new BranchChange(BranchOutcome.Done, name, commit);
    }

    /// <summary>Why there can't be a new branch of a name; null: there can.</summary>
    public BranchChange? Refuse(RefName name)
    {
        bool isHead = clone.Head.Branch == name;
        return BranchNames.Find(clone, name) is { } there || isHead
            ? new BranchChange(BranchOutcome.Exists, name, IsOnServer: !clone.Local.Refs.ContainsKey(name) && clone.Refs.Find(name) is not null)
            : BranchNames.FindClash(clone, name) is { } clash ? new BranchChange(BranchOutcome.Clashes, clash) : null;
    }

    /// <summary>Deletes a branch. Its commits stay in the clone, and can be named by their ids.</summary>
    /// <param name="name">The branch.</param>
    /// <param name="force">Also where nothing else leads to its local commits.</param>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange Delete(RefName name, bool force)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        bool isOnServer = clone.Refs.Find(name) is not null;
        if (clone.Head.Branch == name || WorktreeList.FindHolder(clone.Paths, name) is not null)
        {
            return new BranchChange(BranchOutcome.CheckedOut, name);
        }

        if (!clone.Local.Refs.TryGetValue(name, out ObjectId tip))
        {
            return new BranchChange(isOnServer ? BranchOutcome.OnServer : BranchOutcome.NotFound, name);
        }

        if (!force && !IsKept(name, tip))
        {
            return new BranchChange(BranchOutcome.Unmerged, name, tip);
        }

        clone.Local.SetRefs([(name, null)]);
        return new BranchChange(BranchOutcome.Done, name, tip, isOnServer);
    }

    /// <summary>Gives a branch another name. A server's branch that is checked out stays there: the new one goes on from it.</summary>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange Rename(RefName from, RefName to)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        WorktreeList.RefuseHeld(clone.Paths, from);
        HeadState head = clone.Head;
        bool isHead = head.Branch == from;
        bool isLocal = clone.Local.Refs.TryGetValue(from, out ObjectId local);
        if (!isHead && !isLocal)
        {
            return new BranchChange(clone.Refs.Find(from) is null ? BranchOutcome.NotFound : BranchOutcome.OnServer, from);
        }

        // Its own old name is no obstacle, even where it is a folder of the new one.
        if (Refuse(to) is { } refused && !(refused.Outcome == BranchOutcome.Clashes && refused.Name == from && clone.Refs.Find(from) is null))
        {
            return refused;
        }

        // The new name first: cut between, both are there.
        ObjectId? target = isHead ? head.Commit : local;
        if (target is not null)
        {
            clone.Local.SetRefs([(to, target)]);
        }

        if (isHead)
        {
            clone.SetHead(head with { Branch = to });
        }

        if (isLocal)
        {
            clone.Local.SetRefs([(from, null)]);
        }

        return new BranchChange(BranchOutcome.Done, to, target);
    }

    /// <summary>Makes a branch of what is checked out, and checks that out: no file changes.</summary>
    /// <exception cref="CloneException">Another command holds the lock.</exception>
    public BranchChange StartHere(RefName name)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.Refresh();
        HeadState head = clone.Head;
        if (Refuse(name) is { } refused)
        {
            return refused;
        }

        // The branch first: cut between, it is there and not checked out.
        if (head.Commit is { } commit)
        {
            clone.Local.SetRefs([(name, commit)]);
        }

        PreviousHead.Record(clone.Paths, head, head with { Branch = name });
        clone.SetHead(head with { Branch = name });
        return new BranchChange(BranchOutcome.Done, name, head.Commit);
    }

    // The server's commits are kept by the server; local ones by whatever else leads to them.
    private bool IsKept(RefName name, ObjectId tip)
    {
        if (!clone.History.TryFind(tip, out CommitNode node) || node.Position < clone.History.ServerCount || clone.ServerHas(name, tip))
        {
            return true;
        }

        IEnumerable<ObjectId> others = clone.Local.Refs.Where(r => r.Key != name).Select(r => clone.Local.Peel(r.Value));
        return (clone.Head.Commit is { } head ? others.Append(head) : others).Any(
            other => clone.History.TryFind(other, out CommitNode at) && CommitWalk.IsAncestor(clone.History, node.Position, at.Position));
    }
}
