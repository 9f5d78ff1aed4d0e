using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Clusters;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// What an object is and where it lies in <c>objects</c>; the bodies in <c>clusters</c>, versions of a path together; always both in one
/// batch. Whether an object is here, and what it is, is answered without touching bodies.
/// </summary>
internal sealed class RocksDbObjectStore : IObjectStore
{
    /// <summary>New bytes one put may bring: one object of the largest size always fits.</summary>
    public const long PutBytesMax = 3L << 30;

    private readonly StoreDatabase _store;
    private readonly uint _repository;
    private readonly ClusterReader _reader;
    private readonly Lock _writing = new();
    private long _nextCluster;

    public RocksDbObjectStore(StoreDatabase store, uint repository)
    {
        _store = store;
        _repository = repository;
        _reader = new ClusterReader(store, repository);
        _nextCluster = store.FindLastPosition(store.Clusters, repository) + 1 ?? 0;
    }

    public ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return _store.RunAsync(() => _reader.Read(ids.Span), cancellationToken);
    }

    public ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return _store.RunAsync<IReadOnlyList<ObjectHeader?>>(
            () =>
            {
                using PinnedValues values = LookUp(ids.Span);
                ObjectHeader?[] headers = new ObjectHeader?[values.Count];
                for (int i = 0; i < headers.Length; i++)
                    headers[i] = values.TryGet(i, out ReadOnlySpan<byte> value) ? ObjectLocator.Decode(value).Header : null;
                return headers;
            },
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return _store.RunAsync<IReadOnlyList<bool>>(
            () =>
            {
                using PinnedValues values = LookUp(ids.Span);
                bool[] present = new bool[values.Count];
                for (int i = 0; i < present.Length; i++)
                    present[i] = values.Contains(i);
                return present;
            },
            cancellationToken);
    }

    public async ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        foreach (NewObject item in objects)
            _ = ObjectEnvelope.ReadHeader(item.Envelope.Span);

        await _store.RunAsync(
            () =>
            {
                // Also when every object was here already: whoever wrote it may still be waiting for the disk.
                _store.Sync.Through(Write(ClusterPacker.Pack(objects)));
                return true;
            },
            cancellationToken);
    }

    /// <summary>Writes what is absent, and gives the ticket that covers all of the objects.</summary>
    private long Write(List<PackedCluster> clusters)
    {
        if (clusters.Sum(static cluster => (long)cluster.Value.Length) > PutBytesMax)
            throw new ArgumentException($"One put may bring {PutBytesMax} bytes of new objects; put them in several.", nameof(clusters));
        using WriteBatch batch = new();

        // Looking and writing are one step, so that of two writers of an id the second finds it. The wait for the disk is outside.
        lock (_writing)
        {
            HashSet<ObjectId> present = FindPresent(clusters);
            long next = _nextCluster;
            foreach (PackedCluster cluster in clusters)
            {
                if (cluster.Objects.All(packed => present.Contains(packed.Id)))
                    continue;
                ClusterWriter.Add(batch, _store, _repository, next++, cluster, packed => !present.Contains(packed.Id));
            }

            if (batch.Count == 0)
                return _store.Sync.NewestTicket;

            _store.Database.Write(batch, sync: false);
            _nextCluster = next;
            return _store.Sync.TakeTicket();
        }
    }

    private HashSet<ObjectId> FindPresent(List<PackedCluster> clusters)
    {
        HashSet<ObjectId> present = [];
        foreach (ObjectId[] ids in clusters.SelectMany(static cluster => cluster.Objects, static (_, packed) => packed.Id).Chunk(IObjectStore.IdsMax))
        {
            using PinnedValues values = LookUp(ids);
            for (int i = 0; i < ids.Length; i++)
            {
                if (values.Contains(i))
                    present.Add(ids[i]);
            }
        }

        return present;
    }

    private PinnedValues LookUp(ReadOnlySpan<ObjectId> ids) => _store.MultiGetObjects(_store.Objects, _repository, ids);
}
