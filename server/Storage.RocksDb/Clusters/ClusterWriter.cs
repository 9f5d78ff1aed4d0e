using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>Adds clusters to a write batch, with all that points to them.</summary>
internal static class ClusterWriter
{
    /// <param name="batch">Gets the changes.</param>
    /// <param name="store">The database they are for.</param>
    /// <param name="repository">Whose.</param>
    /// <param name="number">The cluster's: never used before.</param>
    /// <param name="cluster">What to write.</param>
    /// <param name="isIndexed">Says which of its objects are found in it from now on.</param>
    public static void Add(
        WriteBatch batch, StoreDatabase store, uint repository, long number, in PackedCluster cluster, Func<PackedObject, bool> isIndexed)
    {
        Span<byte> clusterKey = stackalloc byte[StoreKeys.PositionBytes];
        StoreKeys.WritePosition(clusterKey, repository, number);
        if (cluster.IsAlone)
            batch.Put(store.Clusters, clusterKey, [ClusterValue.Alone], cluster.Value.Span);
        else
            batch.Put(store.Clusters, clusterKey, cluster.Value.Span);

        Span<byte> objectKey = stackalloc byte[StoreKeys.ObjectBytes];
        Span<byte> place = stackalloc byte[ObjectLocator.BytesMax];
        for (int ordinal = 0; ordinal < cluster.Objects.Count; ordinal++)
        {
            PackedObject packed = cluster.Objects[ordinal];
            if (!isIndexed(packed))
                continue;
            StoreKeys.WriteObject(objectKey, repository, packed.Id);
            int bytes = new ObjectLocator(packed.Kind, cluster.Form, packed.SizeBytes, number, ordinal).Write(place);
            batch.Put(store.Objects, objectKey, place[..bytes]);
        }

        if (!cluster.IsLoose)
            return;
        Span<byte> looseKey = stackalloc byte[StoreKeys.LooseBytes];
        StoreKeys.WriteLoose(looseKey, repository, cluster.Locality, number);
        int sizeBytes = Varint.Write(place, (ulong)cluster.BodiesBytes);
        place[sizeBytes++] = (byte)cluster.Objects.Count;
        batch.Put(store.Loose, looseKey, place[..sizeBytes]);
    }
}
