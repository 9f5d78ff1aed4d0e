using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Trees;

/// <summary>Follows commits and tags to the trees they name, all of a request in a few batched reads.</summary>
internal static class TreeRoots
{
    /// <summary>Tags of tags of … a commit; git's own histories have two.</summary>
    private const int StepsMax = 64;

    /// <returns>For each id the tree's id, or null where the store does not have the object; so for the null id.</returns>
    /// <exception cref="RpcException">INVALID_ARGUMENT: an object that leads to no tree.</exception>
    public static async Task<ObjectId?[]> ResolveAsync(IObjectStore store, ObjectId[] ids, CancellationToken cancellationToken)
    {
        ObjectId?[] trees = new ObjectId?[ids.Length];
        List<(int Index, ObjectId Id)> open = [.. ids.Select((id, index) => (index, id)).Where(static o => !o.id.IsNull)];
        for (int step = 0; open.Count > 0; step++)
        {
            if (step == StepsMax)
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"{ids[open[0].Index]} is a chain of more than {StepsMax} tags.");
            }

            open = await StepAsync(store, ids, open, trees, cancellationToken);
        }

        return trees;
    }

    private static async Task<List<(int Index, ObjectId Id)>> StepAsync(
        IObjectStore store, ObjectId[] asked, List<(int Index, ObjectId Id)> open, ObjectId?[] trees, CancellationToken cancellationToken)
    {
        // Headers first: a root may be a large tree, which the walk reads by itself.
        ObjectId[] ids = [.. open.Select(o => o.Id)];
        IReadOnlyList<ObjectHeader?> headers = await store.GetHeadersAsync(ids, cancellationToken);
        List<(int Index, ObjectId Id)> bodies = [];
        for (int i = 0; i < ids.Length; i++)
        {
            switch (headers[i]?.Kind)
            {
                case ObjectKind.Tree:
                    trees[open[i].Index] = ids[i];
                    break;
                case ObjectKind.Commit or ObjectKind.Tag:
                    bodies.Add(open[i]);
                    break;
                case ObjectKind.Blob:
                    throw new RpcException(RpcStatusCode.InvalidArgument, $"{asked[open[i].Index]} leads to a blob; roots and haves are commits, tags or trees.");
            }
        }

        List<(int Index, ObjectId Id)> next = [];
        if (bodies.Count == 0)
        {
            return next;
        }

        ObjectId[] bodyIds = [.. bodies.Select(b => b.Id)];
        using Storage.ObjectBatch batch = await store.GetAsync(bodyIds, cancellationToken);
        for (int i = 0; i < bodyIds.Length; i++)
        {
            if (!batch.IsPresent(i))
            {
                continue;
            }

            byte[] body = ObjectEnvelope.Decode(batch[i], out ObjectKind kind);
            if (kind == ObjectKind.Commit)
            {
                next.Add((bodies[i].Index, Commit.Parse(body).Tree));
            }
            else
            {
                next.Add((bodies[i].Index, Tag.Parse(body).Target));
            }
        }

        return next;
    }
}
