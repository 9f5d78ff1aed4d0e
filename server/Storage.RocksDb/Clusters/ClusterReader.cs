using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.RocksDb;
using Monorepo.Native.Zstd;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>
/// Reads objects: all places in one multi-get, then all clusters, each decoded once and no further than the last object asked for in it.
/// Thread-safe, also beside folding.
/// </summary>
internal sealed class ClusterReader(StoreDatabase store, uint repository)
{
    /// <summary>Clusters in memory at once, as they lie on disk.</summary>
    private const int ClustersPerReadMax = 256;

    /// <summary>Times an object may be folded into another cluster between the look at its place and the read there.</summary>
    private const int AttemptsMax = 8;

    /// <exception cref="StorageException">Corrupt.</exception>
    public ObjectBatch Read(ReadOnlySpan<ObjectId> ids)
    {
        ClusterBatch batch = new(ids.Length);
        try
        {
            List<int> open = [.. Enumerable.Range(0, ids.Length)];
            for (int attempt = 0; open.Count > 0; attempt++)
            {
                if (attempt == AttemptsMax)
                    throw StorageFailures.Corrupt($"the cluster that holds object {ids[open[0]]} is missing");
                open = ReadOnce(ids, open, batch);
            }

            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <returns>Those whose cluster was not where they were said to be.</returns>
    private List<int> ReadOnce(ReadOnlySpan<ObjectId> ids, List<int> open, ClusterBatch batch)
    {
        List<Wanted> wanted = FindPlaces(ids, open);
        wanted.Sort(static (left, right) => left.Place.Cluster != right.Place.Cluster
            ? left.Place.Cluster.CompareTo(right.Place.Cluster)
            : left.Place.Ordinal.CompareTo(right.Place.Ordinal));
        List<int> moved = [];
        for (int start = 0; start < wanted.Count;)
        {
            int end = start;
            List<int> starts = [];
            for (; end < wanted.Count; end++)
            {
                if (end > start && wanted[end].Place.Cluster == wanted[end - 1].Place.Cluster)
                    continue;
                if (starts.Count == ClustersPerReadMax)
                    break;
                starts.Add(end);
            }

            starts.Add(end);
            ReadClusters(wanted, starts, batch, moved);
            start = end;
        }

        return moved;
    }

    private List<Wanted> FindPlaces(ReadOnlySpan<ObjectId> ids, List<int> open)
    {
        ObjectId[] asked = new ObjectId[open.Count];
        for (int i = 0; i < asked.Length; i++)
            asked[i] = ids[open[i]];
        using PinnedValues values = store.MultiGetObjects(store.Objects, repository, asked);
        List<Wanted> wanted = new(asked.Length);
        for (int i = 0; i < asked.Length; i++)
        {
            if (values.TryGet(i, out ReadOnlySpan<byte> value))
                wanted.Add(new Wanted(open[i], ObjectLocator.Decode(value)));
        }

        return wanted;
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "The values go to the batch, or are disposed here.")]
    private void ReadClusters(List<Wanted> wanted, List<int> starts, ClusterBatch batch, List<int> moved)
    {
        int count = starts.Count - 1;
        byte[] keys = new byte[count * StoreKeys.PositionBytes];
        for (int i = 0; i < count; i++)
            StoreKeys.WritePosition(keys.AsSpan(i * StoreKeys.PositionBytes), repository, wanted[starts[i]].Place.Cluster);
        PinnedValues values = store.MultiGet(store.Clusters, keys, StoreKeys.PositionBytes);
        bool isKept = false;
        try
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<Wanted> here = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(wanted)[starts[i]..starts[i + 1]];
                if (!values.TryGet(i, out ReadOnlySpan<byte> value))
                {
                    foreach (Wanted item in here)
                        moved.Add(item.Index);
                }
                else if (here[0].Place.Form == ObjectForm.Member)
                {
                    ReadMembers(value, here, batch);
                }
                else
                {
                    CheckAlone(value, here[0].Place);
                    foreach (Wanted item in here)
                        batch.Set(item.Index, values, i);
                    isKept = true;
                }
            }

            if (isKept)
                batch.Own(values);
        }
        finally
        {
            if (!isKept)
                values.Dispose();
        }
    }

    private static void ReadMembers(ReadOnlySpan<byte> value, ReadOnlySpan<Wanted> wanted, ClusterBatch batch)
    {
        ClusterMember[] members = ClusterValue.ReadTable(value, out ReadOnlySpan<byte> frame);
        int last = wanted[^1].Place.Ordinal;
        if (last >= members.Length)
            throw StorageFailures.Corrupt($"object {last} of a cluster of {members.Length} is missing");
        // Stopping early costs a copy of what is decoded.
        int bytes = members[^1].EndBytes;
        if (members[last].EndBytes < bytes / 2)
            bytes = members[last].EndBytes;
        byte[] bodies = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            ClusterValue.DecodeBodies(members, frame, bodies.AsSpan(0, bytes));
            foreach (Wanted item in wanted)
            {
                ClusterMember member = members[item.Place.Ordinal];
                if (member.Kind != item.Place.Kind || member.SizeBytes != item.Place.SizeBytes || item.Place.Form != ObjectForm.Member)
                    throw StorageFailures.Corrupt($"object {item.Place.Ordinal} of a cluster is not the one that was written there");
                batch.Set(item.Index, ToEnvelope(member.Kind, bodies.AsSpan(member.OffsetBytes, member.SizeBytes)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bodies);
        }
    }

    // Ids are most of a tree and don't compress, and the server reads more trees than it sends.
    private static byte[] ToEnvelope(ObjectKind kind, ReadOnlySpan<byte> body) =>
        kind == ObjectKind.Tree ? ObjectEnvelope.Wrap(kind, body) : ObjectEnvelope.Seal(kind, body, ZstdCodec.FastLevel);

    private static void CheckAlone(ReadOnlySpan<byte> value, ObjectLocator place)
    {
        ObjectHeader header;
        try
        {
            header = ObjectEnvelope.ReadHeader(ClusterValue.ReadAlone(value));
        }
        catch (CorruptObjectException e)
        {
            throw StorageFailures.Corrupt(e.Message);
        }

        if (header != place.Header)
            throw StorageFailures.Corrupt($"a cluster holds {header} where {place.Header} was written");
    }

    private readonly record struct Wanted(int Index, ObjectLocator Place);
}
