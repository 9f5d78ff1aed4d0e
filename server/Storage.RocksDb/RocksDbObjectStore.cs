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
    private readonly Lock _folding = new();
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
        _store.CountObjectReads(ids.Length);
        return _store.RunAsync(() => _reader.Read(ids.Span), cancellationToken);
    }

    public ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        _store.CountObjectReads(ids.Length);
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
        _store.CountObjectReads(ids.Length);
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

    /// <summary>
    /// Folds small clusters of like objects into larger ones, in steps that are each whole or nothing. Reads and writes go on meanwhile. What was folded
    /// once is not looked at again until there is more of its kind.
    /// </summary>
    /// <param name="onStep">Gets after each step the part of the hash range that is done, and the clusters folded and made by it.</param>
    /// <param name="cancellationToken">Stops after the step in work.</param>
    public async ValueTask FoldAsync(Action<double, int, int> onStep, CancellationToken cancellationToken)
    {
        LooseCluster? next = default(LooseCluster);
        while (next is { } from)
        {
            FoldPlan plan = await _store.RunAsync(
                () =>
                {
                    lock (_folding)
                        return FoldOnce(from);
                },
                cancellationToken);
            next = plan.Next;
            double done = next is { } later ? later.Locality.Value / (double)ulong.MaxValue : 1;
            onStep(done, plan.Groups.Sum(static group => group.Count), plan.Groups.Count);
        }
    }

    private FoldPlan FoldOnce(LooseCluster from)
    {
        FoldPlan plan = FoldPlan.Make(_store, _repository, from);
        if (plan.Groups.Count == 0)
            return plan;
        ClusterFolder folder = new(_store, _repository);
        ClusterWriter writer = new(_store, _repository, folder.Read(plan));
        using WriteBatch batch = new();
        // Nobody else moves objects, and puts leave those that are here alone; only the number is shared.
        lock (_writing)
        {
            long next = writer.AddMoved(batch, _nextCluster);
            folder.Delete(batch, plan);
            _store.Database.Write(batch, sync: false);
            _nextCluster = next;
            _store.Sync.TakeTicket();
        }

        return plan;
    }

    /// <summary>Writes what is absent, and gives the ticket that covers all of the objects.</summary>
    private long Write(List<PackedCluster> clusters)
    {
        if (clusters.Sum(static cluster => (long)cluster.Value.Length) > PutBytesMax)
            throw new ArgumentException($"One put may bring {PutBytesMax} bytes of new objects; put them in several.", nameof(clusters));
        ClusterWriter writer = new(_store, _repository, clusters);

        // Looking and writing are one step, so that of two writers of an id the second finds it. The wait for the disk is outside.
        lock (_writing)
        {
            using WriteBatch batch = new();
            long next = writer.AddAbsent(batch, _nextCluster);
            if (batch.Count == 0)
                return _store.Sync.NewestTicket;

            _store.Database.Write(batch, sync: false);
            _nextCluster = next;
            return _store.Sync.TakeTicket();
        }
    }

    private PinnedValues LookUp(ReadOnlySpan<ObjectId> ids) => _store.MultiGetObjects(_store.Objects, _repository, ids);
}
