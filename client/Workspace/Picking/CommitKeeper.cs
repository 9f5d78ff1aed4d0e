using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Picking;

/// <summary>Promises commits made in memory. The caller holds the clone's lock.</summary>
/// <param name="clone">Takes the commits.</param>
/// <param name="made">Has their objects.</param>
internal sealed class CommitKeeper(Clone clone, MadeObjects made)
{
    /// <summary>Writes commits, each with all that the server may not have; no ref names them yet. Nothing is written where there are none.</summary>
    public async Task PromiseAsync(IReadOnlyList<MadeCommit> commits, CancellationToken cancellationToken)
    {
        if (commits.Count == 0)
        {
            return;
        }

        using LocalBatch batch = clone.Local.Begin();
        foreach (MadeCommit commit in commits)
        {
            await AddTreeAsync(batch, commit.Tree, [.. commit.ParentTrees], cancellationToken);
            batch.Add(ObjectKind.Commit, commit.Body);
        }

        batch.Promise();
        clone.History.SetLocal(clone.Local.ReadCommits());
    }

    // What was made here, or came with a commit made here, and is not in a parent's tree at the same place.
    private async Task AddTreeAsync(LocalBatch batch, ObjectId tree, ObjectId[] beside, CancellationToken cancellationToken)
    {
        if (beside.Contains(tree) || !IsOurs(tree))
        {
            return;
        }

        Dictionary<byte[], List<TreeSide>> known = new(BytesComparer.Instance);
        foreach (ObjectId other in beside)
        {
            foreach (TreeItem item in await ListAsync(other, cancellationToken))
            {
                byte[] name = item.Path.ToArray();
                known[name] = [.. known.GetValueOrDefault(name, []), new TreeSide(item.Mode, item.Id)];
            }
        }

        foreach (TreeItem item in await ListAsync(tree, cancellationToken))
        {
            List<TreeSide> same = known.GetValueOrDefault(item.Path.ToArray(), []);
            if (item.Mode.IsDirectory())
            {
                await AddTreeAsync(batch, item.Id, [.. same.Where(static s => s.Mode.IsDirectory()).Select(static s => s.Id)], cancellationToken);
            }
            else if (item.Mode.HasBlob() && IsOurs(item.Id) && !same.Exists(s => s.Id == item.Id))
            {
                await AddAsync(batch, item.Id, cancellationToken);
            }
        }

        await AddAsync(batch, tree, cancellationToken);
    }

    private bool IsOurs(ObjectId id) => made.Find(id) is not null || clone.Local.Contains(id);

    private async Task AddAsync(LocalBatch batch, ObjectId id, CancellationToken cancellationToken)
    {
        GitObject item = await made.ReadAsync(id, cancellationToken);
        batch.Add(item.Kind, item.Body.Span);
    }

    private async Task<List<TreeItem>> ListAsync(ObjectId tree, CancellationToken cancellationToken) =>
        TreeWalker.Parse(await made.ReadAsync(tree, cancellationToken), default);
}
