using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Commits;

/// <summary>The local commit that another one takes the place of.</summary>
internal sealed class AmendedCommit
{
    private readonly Clone _clone;
    private readonly Commit _commit;

    private AmendedCommit(Clone clone, Commit commit, ObjectId? parentTree)
    {
        _clone = clone;
        _commit = commit;
        ParentTree = parentTree;
    }

    public IReadOnlyList<ObjectId> Parents => _commit.Parents;

    /// <summary>The first parent's; null: there is none.</summary>
    public ObjectId? ParentTree { get; }

    /// <summary>The author as the commit has it, bytes that are no UTF-8 included.</summary>
    public ReadOnlyMemory<byte> AuthorLine => _commit.AuthorLine;

    /// <summary>The commit that is checked out; null where it can't be amended, and why.</summary>
    public static AmendedCommit? Find(Clone clone, HeadState head, out CommitOutcome refused)
    {
        refused = CommitOutcome.NothingToAmend;
        if (head.Commit is not { } id || !clone.History.TryFind(id, out CommitNode node))
        {
            return null;
        }

        if (IsOnServer(clone, node))
        {
            refused = CommitOutcome.ServerHasIt;
            return null;
        }

        IReadOnlyList<int> parents = clone.History.GetParents(node.Position);
        return new AmendedCommit(clone, clone.History.Read(node.Position), parents.Count == 0 ? null : clone.History.GetNode(parents[0]).Tree);
    }

    /// <summary>
    /// The edits that lead from the parent's tree to the new one: the commit's own, with others on top. The contents that only the commit brought
    /// are added to the batch, and nothing else of it: what was amended away is not pushed.
    /// </summary>
    public async Task<List<TreeEdit>> AddUnderAsync(List<TreeEdit> edits, IObjectSource objects, LocalBatch batch, CancellationToken cancellationToken)
    {
        Dictionary<byte[], TreeEdit> all = new(BytesComparer.Instance);
        Dictionary<byte[], TreeSide> before = new(BytesComparer.Instance);
        foreach (TreeChange change in await TreeDiff.CompareAsync(objects, ParentTree, _commit.Tree, cancellationToken))
        {
            byte[] path = change.Path.ToArray();
            before.Add(path, change.Old);
            all.Add(path, new TreeEdit(path, change.New));
        }

        foreach (TreeEdit edit in edits)
        {
            // Back to what the parent has: no change at all.
            if (before.TryGetValue(edit.Path, out TreeSide old) && old == edit.New)
            {
                all.Remove(edit.Path);
            }
            else
            {
                all[edit.Path] = edit;
            }
        }

        foreach (TreeEdit edit in all.Values.Where(e => e.New.Mode.HasBlob()))
        {
            if (_clone.Local.TryRead(edit.New.Id) is { } content)
            {
                batch.Add(content.Kind, content.Body.Span);
            }
        }

        return [.. all.Values];
    }

    // In its log, or pushed and not pulled since: then one of its refs names it or a local commit above it.
    private static bool IsOnServer(Clone clone, CommitNode node)
    {
        CommitLog log = clone.History;
        return node.Position < log.ServerCount
            || clone.Refs.List(RefName.Branches).Any(r => log.TryFind(r.PeeledTarget, out CommitNode tip) && tip.Position >= node.Position && CommitWalk.IsAncestor(log, node.Position, tip.Position));
    }
}
