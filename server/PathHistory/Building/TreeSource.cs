using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Storage;

namespace Monorepo.PathHistory.Building;

/// <summary>Trees by id, read many at a time and kept in bounded memory: the trees of a commit are what the next is compared with. Not thread-safe.</summary>
internal sealed class TreeSource(IObjectStore store, long bytesMax)
{
    /// <summary>Trees one read of the store names.</summary>
    private const int ReadIdsMax = 1_024;

    // Two generations in place of exact recency: what was asked for since the last turn stays.
    private Dictionary<ObjectId, byte[]> _young = [];
    private Dictionary<ObjectId, byte[]> _old = [];
    private long _youngBytes;

    /// <summary>Trees that the store does not have; they were taken as empty.</summary>
    public long Missing { get; private set; }

    /// <summary>Trees read from the store.</summary>
    public long Reads { get; private set; }

    /// <summary>
    /// The bodies of all trees that are asked for. One that the store does not have is empty: the changes below it stay unknown, which is
    /// better than a history without an index.
    /// </summary>
    /// <exception cref="CorruptObjectException">An object is damaged, or is no tree.</exception>
    public async ValueTask<Dictionary<ObjectId, byte[]>> LoadAsync(HashSet<ObjectId> ids, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, byte[]> bodies = new(ids.Count);
        List<ObjectId> missing = [];
        foreach (ObjectId id in ids)
        {
            if (_young.TryGetValue(id, out byte[]? body))
                bodies.Add(id, body);
            else if (_old.TryGetValue(id, out body))
                Keep(bodies, id, body);
            else
                missing.Add(id);
        }

        foreach (ObjectId[] slice in missing.Chunk(ReadIdsMax))
        {
            using ObjectBatch batch = await store.GetAsync(slice, cancellationToken);
            byte[][] read = new byte[slice.Length][];
            Decode(slice, batch, read);
            for (int i = 0; i < slice.Length; i++)
                Keep(bodies, slice[i], read[i]);
        }

        Reads += missing.Count;
        return bodies;
    }

    private void Decode(ObjectId[] ids, ObjectBatch batch, byte[][] bodies)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if (!batch.IsPresent(i))
            {
                bodies[i] = [];
                Missing++;
                continue;
            }

            bodies[i] = ObjectEnvelope.Decode(batch[i], out ObjectKind kind);
            if (kind != ObjectKind.Tree)
                throw new CorruptObjectException($"A directory names {ids[i]}, which is a {kind.ToName()}.");
        }
    }

    private void Keep(Dictionary<ObjectId, byte[]> bodies, ObjectId id, byte[] body)
    {
        bodies.Add(id, body);
        if (_youngBytes + body.Length > bytesMax / 2)
        {
            (_old, _young) = (_young, _old);
            _young.Clear();
            _youngBytes = 0;
        }

        _young[id] = body;
        _youngBytes += body.Length;
    }
}
