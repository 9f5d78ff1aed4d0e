using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>
/// Reads small clusters of like objects and makes one of each group. Bodies are hashed on the way: their ids are not in the clusters, and what is
/// damaged is found before it is moved. One folder at a time for a repository.
/// </summary>
internal sealed class ClusterFolder(StoreDatabase store, uint repository)
{
    /// <summary>The clusters to write in place of a plan's groups; a group whose objects all lie elsewhere gives none.</summary>
    /// <exception cref="StorageException">Corrupt.</exception>
    public List<PackedCluster> Read(FoldPlan plan)
    {
        List<PackedCluster> folded = [];
        foreach (List<LooseCluster> group in plan.Groups)
        {
            List<Body> bodies = ReadGroup(group);
            if (bodies.Count > 0)
                folded.Add(Pack(bodies, group[0].Locality));
        }

        return folded;
    }

    /// <summary>Deletes what was folded.</summary>
    public void Delete(WriteBatch batch, FoldPlan plan)
    {
        Span<byte> key = stackalloc byte[StoreKeys.LooseBytes];
        foreach (LooseCluster old in plan.Groups.SelectMany(static group => group))
        {
            StoreKeys.WritePosition(key, repository, old.Number);
            batch.Delete(store.Clusters, key[..StoreKeys.PositionBytes]);
            StoreKeys.WriteLoose(key, repository, old.Locality, old.Number);
            batch.Delete(store.Loose, key);
        }
    }

    private List<Body> ReadGroup(List<LooseCluster> group)
    {
        // Of one locality, later clusters hold newer versions.
        LooseCluster[] order = [.. group.OrderBy(static c => c.Locality).ThenByDescending(static c => c.Number)];
        byte[] keys = new byte[order.Length * StoreKeys.PositionBytes];
        for (int i = 0; i < order.Length; i++)
            StoreKeys.WritePosition(keys.AsSpan(i * StoreKeys.PositionBytes), repository, order[i].Number);
        List<Body> bodies = [];
        using (PinnedValues values = store.MultiGet(store.Clusters, keys, StoreKeys.PositionBytes))
        {
            for (int i = 0; i < order.Length; i++)
            {
                if (!values.TryGet(i, out ReadOnlySpan<byte> value))
                    throw StorageFailures.Corrupt($"the loose cluster {order[i].Number} is missing");
                ReadBodies(value, order[i].Number, bodies);
            }
        }

        return FilterLive(bodies);
    }

    private static void ReadBodies(ReadOnlySpan<byte> value, long number, List<Body> bodies)
    {
        if (value.Length > 0 && value[0] == ClusterValue.Alone)
        {
            try
            {
                byte[] body = ObjectEnvelope.Decode(ClusterValue.ReadAlone(value), out ObjectKind kind);
                bodies.Add(new Body(ObjectHasher.Hash(kind, body), kind, body, number, 0));
            }
            catch (CorruptObjectException e)
            {
                throw StorageFailures.Corrupt($"the cluster {number} is damaged: {e.Message}");
            }

            return;
        }

        ClusterMember[] members = ClusterValue.ReadTable(value, out ReadOnlySpan<byte> frame);
        byte[] decoded = new byte[members[^1].EndBytes];
        ClusterValue.DecodeBodies(members, frame, decoded);
        for (int i = 0; i < members.Length; i++)
        {
            ClusterMember member = members[i];
            ReadOnlyMemory<byte> body = decoded.AsMemory(member.OffsetBytes, member.SizeBytes);
            bodies.Add(new Body(ObjectHasher.Hash(member.Kind, body.Span), member.Kind, body, number, i));
        }
    }

    private List<Body> FilterLive(List<Body> bodies)
    {
        ObjectId[] ids = [.. bodies.Select(static body => body.Id)];
        using PinnedValues places = store.MultiGetObjects(store.Objects, repository, ids);
        List<Body> live = [];
        for (int i = 0; i < ids.Length; i++)
        {
            if (!places.TryGet(i, out ReadOnlySpan<byte> value))
            {
                throw StorageFailures.Corrupt(
                    $"the cluster {bodies[i].Cluster} holds bytes of {ids[i]}, which no object here has: it was damaged after it was written");
            }

            ObjectLocator place = ObjectLocator.Decode(value);
            if (place.Cluster == bodies[i].Cluster && place.Ordinal == bodies[i].Ordinal)
                live.Add(bodies[i]);
        }

        return live;
    }

    private static PackedCluster Pack(List<Body> bodies, ObjectLocality locality)
    {
        PackedObject[] objects = [.. bodies.Select(static body => new PackedObject(body.Id, body.Kind, body.Bytes.Length))];
        if (bodies.Count == 1)
        {
            byte[] envelope = ObjectEnvelope.Seal(bodies[0].Kind, bodies[0].Bytes.Span);
            return new PackedCluster(envelope, IsAlone: true, objects, locality, bodies[0].Bytes.Length);
        }

        ClusterMember[] members = new ClusterMember[bodies.Count];
        byte[] joined = new byte[bodies.Sum(static body => body.Bytes.Length)];
        int bytes = 0;
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = new ClusterMember(bodies[i].Kind, bytes, bodies[i].Bytes.Length);
            bodies[i].Bytes.CopyTo(joined.AsMemory(bytes));
            bytes += bodies[i].Bytes.Length;
        }

        return new PackedCluster(ClusterValue.Encode(members, joined), IsAlone: false, objects, locality, bytes);
    }

    private readonly record struct Body(ObjectId Id, ObjectKind Kind, ReadOnlyMemory<byte> Bytes, long Cluster, int Ordinal);
}
