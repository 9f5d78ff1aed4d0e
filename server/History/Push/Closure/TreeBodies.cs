using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.History.Push.Intake;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Closure;

/// <summary>Trees of a push and of the store, by id.</summary>
internal sealed class TreeBodies(ObjectSpool spool, IObjectStore store)
{
    /// <summary>Trees one read names: with trees of tens of KiB some megabytes are in memory.</summary>
    public const int IdsMax = 256;

    /// <returns>Those that are in the push or in the store; the others lack.</returns>
    /// <exception cref="RpcException">INVALID_ARGUMENT: one is no tree.</exception>
    public async Task<Dictionary<ObjectId, byte[]>> ReadAsync(IReadOnlyCollection<ObjectId> ids, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, byte[]> bodies = new(ids.Count);
        List<ObjectId> stored = [];
        foreach (ObjectId id in ids.Distinct())
        {
            if (spool.KindOf(id) is null)
            {
                stored.Add(id);
            }
            else
            {
                bodies.Add(id, Decode(id, spool.ReadEnvelope(id).Span));
            }
        }

        foreach (ObjectId[] slice in stored.Chunk(IdsMax))
        {
            using ObjectBatch batch = await store.GetAsync(slice, cancellationToken);
            for (int i = 0; i < slice.Length; i++)
            {
                if (batch.IsPresent(i))
                {
                    bodies.Add(slice[i], Decode(slice[i], batch[i]));
                }
            }
        }

        return bodies;
    }

    private static byte[] Decode(ObjectId id, ReadOnlySpan<byte> envelope)
    {
        byte[] body = ObjectEnvelope.Decode(envelope, out ObjectKind kind);
        return kind == ObjectKind.Tree
            ? body
            : throw new RpcException(RpcStatusCode.InvalidArgument, $"{id} stands where a tree belongs and is a {kind.ToName()}.");
    }
}
