using Monorepo.Core;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>Adds clusters to a write batch, with all that points to them. Not thread-safe.</summary>
internal sealed class ClusterWriter
{
    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly List<PackedCluster> _clusters;
    private readonly Member[] _members;
    private readonly long[] _numbers;

    /// <param name="store">The database.</param>
    /// <param name="repository">Whose.</param>
    /// <param name="clusters">No id twice.</param>
    public ClusterWriter(StoreDatabase store, uint repository, List<PackedCluster> clusters)
    {
        _store = store;
        _repository = repository;
        _clusters = clusters;
        _numbers = new long[clusters.Count];
        _members = [.. clusters.SelectMany(static (cluster, index) => cluster.Objects.Select((packed, ordinal) => new Member(packed.Id, index, ordinal)))];
        // In order, ids are looked up and inserted with half of the comparisons.
        Array.Sort(_members, static (left, right) => left.Id.CompareTo(right.Id));
    }

    /// <summary>Adds the clusters that hold at least one object which is not here yet, and makes those objects known.</summary>
    /// <param name="batch">Gets the changes.</param>
    /// <param name="number">For the first cluster; from there on none was ever used.</param>
    /// <returns>The number for the next.</returns>
    public long AddAbsent(WriteBatch batch, long number)
    {
        bool[] present = FindPresent();
        bool[] isNeeded = new bool[_clusters.Count];
        for (int i = 0; i < _members.Length; i++)
            isNeeded[_members[i].Cluster] |= !present[i];
        for (int i = 0; i < isNeeded.Length; i++)
        {
            if (isNeeded[i])
                AddCluster(batch, i, number++);
        }

        AddPlaces(batch, i => !present[i]);
        return number;
    }

    /// <summary>Adds all clusters, and moves their objects to them.</summary>
    /// <inheritdoc cref="AddAbsent"/>
    public long AddMoved(WriteBatch batch, long number)
    {
        for (int i = 0; i < _clusters.Count; i++)
            AddCluster(batch, i, number++);
        AddPlaces(batch, static _ => true);
        return number;
    }

    private bool[] FindPresent()
    {
        bool[] present = new bool[_members.Length];
        for (int start = 0; start < present.Length; start += IObjectStore.IdsMax)
        {
            ObjectId[] ids = [.. _members.Skip(start).Take(IObjectStore.IdsMax).Select(static member => member.Id)];
            using PinnedValues values = _store.MultiGetObjects(_store.Objects, _repository, ids, idsAreSorted: true);
            for (int i = 0; i < ids.Length; i++)
                present[start + i] = values.Contains(i);
        }

        return present;
    }

    private void AddCluster(WriteBatch batch, int index, long number)
    {
        PackedCluster cluster = _clusters[index];
        _numbers[index] = number;
        Span<byte> key = stackalloc byte[StoreKeys.LooseBytes];
        StoreKeys.WritePosition(key, _repository, number);
        if (cluster.IsAlone)
            batch.Put(_store.Clusters, key[..StoreKeys.PositionBytes], [ClusterValue.Alone], cluster.Value.Span);
        else
            batch.Put(_store.Clusters, key[..StoreKeys.PositionBytes], cluster.Value.Span);
        if (!cluster.IsLoose)
            return;
        StoreKeys.WriteLoose(key, _repository, cluster.Locality, number);
        batch.Put(_store.Loose, key, new LooseValue(cluster.BodiesBytes, cluster.Objects.Count).Encode());
    }

    private void AddPlaces(WriteBatch batch, Func<int, bool> isWanted)
    {
        Span<byte> key = stackalloc byte[StoreKeys.ObjectBytes];
        Span<byte> place = stackalloc byte[ObjectLocator.BytesMax];
        for (int i = 0; i < _members.Length; i++)
        {
            if (!isWanted(i))
                continue;
            Member member = _members[i];
            PackedCluster cluster = _clusters[member.Cluster];
            PackedObject packed = cluster.Objects[member.Ordinal];
            StoreKeys.WriteObject(key, _repository, packed.Id);
            int bytes = new ObjectLocator(packed.Kind, cluster.Form, packed.SizeBytes, _numbers[member.Cluster], member.Ordinal).Write(place);
            batch.Put(_store.Objects, key, place[..bytes]);
        }
    }

    private readonly record struct Member(ObjectId Id, int Cluster, int Ordinal);
}
