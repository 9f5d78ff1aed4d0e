using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Shallow;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Workspace.Clones;

/// <content>What becomes of commits made here when the server has them.</content>
public sealed partial class Clone
{
    /// <summary>
    /// Forgets local commits that the server's log has, and local branches that the server's have caught up with. The caller holds the
    /// clone's lock. What is checked out stays.
    /// </summary>
    /// <param name="save">Is given the objects that go.</param>
    public void DropLanded(Action<IReadOnlyList<CacheEntry>> save) => DropLanded([], new HashSet<ObjectId>(), save);

    /// <summary>As <see cref="DropLanded(Action{IReadOnlyList{CacheEntry}})"/>, with what landed under other ids.</summary>
    /// <param name="branches">Local branches that are none any more; not the one that is checked out.</param>
    /// <param name="rebased">Local commits that the server has under other ids. Those that something here still needs stay.</param>
    /// <param name="save">Is given the objects that go.</param>
    public void DropLanded(IReadOnlyCollection<RefName> branches, IReadOnlySet<ObjectId> rebased, Action<IReadOnlyList<CacheEntry>> save)
    {
        HashSet<RefName> refs = [.. Local.Refs.Where(r => r.Key.IsBranch ? ServerHas(r.Key, r.Value) : Refs.Find(r.Key)?.Target == r.Value).Select(r => r.Key)];
        if (_head.Branch is { } branch && refs.Contains(branch))
        {
            // So that HEAD still names the commit when the branch is no local one any more.
            Head.Save(Paths.Head);
            _head = Head;
        }

        refs.UnionWith(branches);
        HashSet<ObjectId> landed = [];
        HashSet<ObjectId> needed = [.. Local.Refs.Where(r => !refs.Contains(r.Key)).Select(r => Local.Peel(r.Value))];
        needed.UnionWith(StashList.BasesOf(Paths));
        needed.UnionWith(OfflineStore.CommitsOf(Paths));
        needed.UnionWith(SaveOtherHeads([.. refs, .. branches]));
        if (Head.Commit is { } commit)
        {
            needed.Add(commit);
        }

        // Children before parents: what stays keeps its parents.
        foreach (ObjectId id in Local.Commits.Reverse())
        {
            bool isInLog = History.TryFind(id, out CommitNode node) && node.Position < History.ServerCount;
            if (isInLog || (rebased.Contains(id) && !needed.Contains(id)))
            {
                landed.Add(id);
            }
            else
            {
                needed.UnionWith(History.GetParents(node.Position).Select(p => History.GetNode(p).Id));
            }
        }

        Local.Drop(landed, refs, save);
        History.SetLocal(Local.ReadCommits());
    }

    /// <summary>Whether the server's branch of that name has a commit, as far as is known here.</summary>
    public bool ServerHas(RefName branch, ObjectId commit)
    {
        if (Refs.Find(branch) is not { } server || !History.TryFind(server.PeeledTarget, out CommitNode tip) || !History.TryFind(commit, out CommitNode node))
        {
            return false;
        }

        try
        {
            return CommitWalk.IsAncestor(History, node.Position, tip.Position);
        }
        catch (ShallowHistoryException)
        {
            // Not as far as is known here: the branch stays a local one.
            return false;
        }
    }

    // Other working copies whose branches are about to be no local ones any more: their HEADs name the commits then, as this one's does. What they have checked out.
    private List<ObjectId> SaveOtherHeads(HashSet<RefName> gone)
    {
        List<ObjectId> found = [];
        foreach (Worktree other in WorktreeList.Others(Paths))
        {
            if (other.Head is { } head)
            {
                HeadState now = AtTip(head);
                if (now != head && gone.Contains(now.Branch!.Value))
                {
                    now.Save(other.Paths.Head);
                }

                if (now.Commit is { } commit)
                {
                    found.Add(commit);
                }
            }
        }

        return found;
    }
}
