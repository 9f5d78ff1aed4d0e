using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb;

/// <summary>
/// Envelopes in <c>objects</c>, their first bytes again in <c>headers</c>, always both in one batch: what an object is, and whether it is
/// here, is answered without touching blob files.
/// </summary>
internal sealed class RocksDbObjectStore(StoreDatabase store, uint repository) : IObjectStore
{
    /// <summary>New envelopes one put may bring: one of the largest size always fits.</summary>
    public const long PutBytesMax = 3L << 30;

    private readonly Lock _writing = new();

    public ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return store.RunAsync<ObjectBatch>(() => new PinnedObjectBatch(LookUp(store.Objects, ids.Span)), cancellationToken);
    }

    public ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return store.RunAsync<IReadOnlyList<ObjectHeader?>>(
            () =>
            {
                using PinnedValues values = LookUp(store.Headers, ids.Span);
                ObjectHeader?[] headers = new ObjectHeader?[values.Count];
                for (int i = 0; i < headers.Length; i++)
                    headers[i] = values.TryGet(i, out ReadOnlySpan<byte> value) ? ReadHeader(value) : null;
                return headers;
            },
            cancellationToken);
    }

    public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        return store.RunAsync<IReadOnlyList<bool>>(
            () =>
            {
                using PinnedValues values = LookUp(store.Headers, ids.Span);
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

        await store.RunAsync(
            () =>
            {
                // Also when every object was here already: whoever wrote it may still be waiting for the disk.
                store.Sync.Through(Write(objects));
                return true;
            },
            cancellationToken);
    }

    /// <summary>Writes what is absent, and gives the ticket that covers all of the objects.</summary>
    private long Write(IReadOnlyList<NewObject> objects)
    {
        // Looking and writing are one step, so that of two writers of an id the second finds it. The wait for the disk is outside.
        lock (_writing)
        {
            using WriteBatch batch = new();
            HashSet<ObjectId> added = [];
            long addedBytes = 0;
            Span<byte> key = stackalloc byte[StoreKeys.ObjectBytes];
            for (int start = 0; start < objects.Count; start += IObjectStore.IdsMax)
            {
                ObjectId[] ids = [.. objects.Skip(start).Take(IObjectStore.IdsMax).Select(static o => o.Id)];
                using PinnedValues present = LookUp(store.Headers, ids);
                for (int i = 0; i < ids.Length; i++)
                {
                    if (present.Contains(i) || !added.Add(ids[i]))
                        continue;

                    ReadOnlySpan<byte> envelope = objects[start + i].Envelope.Span;
                    addedBytes += envelope.Length;
                    if (addedBytes > PutBytesMax)
                        throw new ArgumentException($"One put may bring {PutBytesMax} bytes of new objects; put them in several.", nameof(objects));
                    StoreKeys.WriteObject(key, repository, ids[i]);
                    batch.Put(store.Objects, key, envelope);
                    batch.Put(store.Headers, key, envelope[..ObjectEnvelope.HeaderBytes]);
                }
            }

            if (batch.Count == 0)
                return store.Sync.NewestTicket;

            store.Database.Write(batch, sync: false);
            return store.Sync.TakeTicket();
        }
    }

    private PinnedValues LookUp(ColumnFamily columnFamily, ReadOnlySpan<ObjectId> ids) => LookUp(store, columnFamily, repository, ids);

    /// <summary>Looks ids up in a column family whose keys are a repository's number and an id.</summary>
    internal static PinnedValues LookUp(StoreDatabase store, ColumnFamily columnFamily, uint repository, ReadOnlySpan<ObjectId> ids)
    {
        byte[] keys = ArrayPool<byte>.Shared.Rent(ids.Length * StoreKeys.ObjectBytes);
        try
        {
            for (int i = 0; i < ids.Length; i++)
                StoreKeys.WriteObject(keys.AsSpan(i * StoreKeys.ObjectBytes), repository, ids[i]);
            return store.MultiGet(columnFamily, keys.AsSpan(0, ids.Length * StoreKeys.ObjectBytes), StoreKeys.ObjectBytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(keys);
        }
    }

    private static ObjectHeader ReadHeader(ReadOnlySpan<byte> value)
    {
        try
        {
            return ObjectEnvelope.ReadHeader(value);
        }
        catch (CorruptObjectException e)
        {
            throw StorageFailures.Corrupt(e.Message);
        }
    }

    private sealed class PinnedObjectBatch(PinnedValues values) : ObjectBatch
    {
        public override int Count => values.Count;

        public override ReadOnlySpan<byte> this[int index]
        {
            get
            {
                values.TryGet(index, out ReadOnlySpan<byte> envelope);
                return envelope;
            }
        }

        public override bool IsPresent(int index) => values.Contains(index);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                values.Dispose();
            base.Dispose(disposing);
        }
    }
}
