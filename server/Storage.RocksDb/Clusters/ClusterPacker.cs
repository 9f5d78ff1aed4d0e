using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>
/// Forms clusters of new objects: versions of one path together, newest first, so that the newest are decoded first and cost the least;
/// what is small takes in its neighbours of the directory. Objects without a locality lie alone, in the envelope they came in.
/// </summary>
internal static class ClusterPacker
{
    /// <param name="objects">Checked envelopes; an id that stands twice is taken once.</param>
    /// <exception cref="CorruptObjectException">An envelope's payload is damaged.</exception>
    public static List<PackedCluster> Pack(IReadOnlyList<NewObject> objects)
    {
        List<PackedCluster> clusters = [];
        List<Item> items = [];
        HashSet<ObjectId> seen = new(objects.Count);
        for (int i = 0; i < objects.Count; i++)
        {
            NewObject item = objects[i];
            if (!seen.Add(item.Id))
                continue;
            ObjectHeader header = ObjectEnvelope.ReadHeader(item.Envelope.Span);
            if (item.Locality.IsNone || header.SizeBytes > ClusterLimits.MemberBytesMax)
                clusters.Add(Alone(item, header));
            else
                items.Add(new Item(item.Locality, i, header));
        }

        items.Sort(static (left, right) =>
            left.Locality != right.Locality ? left.Locality.CompareTo(right.Locality) : right.Index.CompareTo(left.Index));
        for (int start = 0; start < items.Count;)
        {
            int end = FindEnd(items, start);
            clusters.Add(end - start == 1 ? Alone(objects[items[start].Index], items[start].Header) : Several(objects, items[start..end]));
            start = end;
        }

        return clusters;
    }

    private static int FindEnd(List<Item> items, int start)
    {
        Item first = items[start];
        int bytesMax = ClusterLimits.BodiesBytes(first.Header.SizeBytes);
        int bytes = first.Header.SizeBytes;
        int end = start + 1;
        for (; end < items.Count && end - start < ClusterLimits.MembersMax; end++)
        {
            Item next = items[end];
            bytes += next.Header.SizeBytes;
            if (bytes > bytesMax || !CanFollow(items[end - 1].Locality, next.Locality, bytes))
                break;
        }

        return end;
    }

    /// <summary>Whether an object may lie in the cluster whose last locality is given.</summary>
    /// <param name="last">Of the member before it.</param>
    /// <param name="next">Its own.</param>
    /// <param name="bytes">Bodies with it.</param>
    public static bool CanFollow(ObjectLocality last, ObjectLocality next, long bytes) =>
        last == next || (last.Place == next.Place && bytes <= ClusterLimits.MixedBytesMax);

    private static PackedCluster Alone(NewObject item, ObjectHeader header)
    {
        ReadOnlyMemory<byte> envelope = item.Envelope;
        // Raw is how those give it who leave the form to us.
        if (!item.Locality.IsNone && header.Codec == ObjectCodec.Raw)
            envelope = ObjectEnvelope.Seal(header.Kind, envelope.Span[ObjectEnvelope.HeaderBytes..]);
        return new PackedCluster(envelope, IsAlone: true, [new PackedObject(item.Id, header.Kind, header.SizeBytes)], item.Locality, header.SizeBytes);
    }

    private static PackedCluster Several(IReadOnlyList<NewObject> objects, List<Item> items)
    {
        ClusterMember[] members = new ClusterMember[items.Count];
        PackedObject[] packed = new PackedObject[items.Count];
        int bytes = 0;
        for (int i = 0; i < members.Length; i++)
        {
            ObjectHeader header = items[i].Header;
            members[i] = new ClusterMember(header.Kind, bytes, header.SizeBytes);
            packed[i] = new PackedObject(objects[items[i].Index].Id, header.Kind, header.SizeBytes);
            bytes += header.SizeBytes;
        }

        byte[] bodies = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            for (int i = 0; i < members.Length; i++)
                ObjectEnvelope.Decode(objects[items[i].Index].Envelope.Span, bodies.AsSpan(members[i].OffsetBytes, members[i].SizeBytes));
            return new PackedCluster(ClusterValue.Encode(members, bodies.AsSpan(0, bytes)), IsAlone: false, packed, items[0].Locality, bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bodies);
        }
    }

    private readonly record struct Item(ObjectLocality Locality, int Index, ObjectHeader Header);
}
