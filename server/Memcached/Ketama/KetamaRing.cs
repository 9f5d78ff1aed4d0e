using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Monorepo.Memcached.Ketama;

/// <summary>
/// The consistent-hash ring of libmemcached's <c>KETAMA_WEIGHTED</c> behaviour (also Enyim's), point for point, so that our nodes can be shared
/// with, and inspected by, clients of that family. A node gets 160 points on average, in proportion to its weight: MD5 of <c>host:port-N</c>
/// (<c>host-N</c> on the default port 11211) gives four 32-bit little-endian points. A key belongs to the first point at or after the first four
/// bytes of its MD5. Immutable and thread-safe.
/// </summary>
public sealed class KetamaRing
{
    private const int PointsPerNode = 160;
    private const int PointsPerDigest = 4;

    private readonly uint[] _points;
    private readonly int[] _nodes;

    /// <summary>Builds the ring. The order of <paramref name="nodes"/> gives the numbers <see cref="NodeOf"/> returns and does not otherwise matter.</summary>
    public KetamaRing(IReadOnlyList<MemcachedEndpoint> nodes)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        if (nodes.Count == 0)
            throw new ArgumentException("A ring needs a node.", nameof(nodes));
        uint totalWeight = 0;
        foreach (MemcachedEndpoint node in nodes)
            totalWeight += (uint)node.Weight;

        var points = new List<(uint Point, int Node)>(nodes.Count * PointsPerNode);
        for (int i = 0; i < nodes.Count; i++)
        {
            // Single precision, as libmemcached computes it: in double a few weights round to another number of digests.
            float share = (float)nodes[i].Weight / totalWeight;
            int digests = (int)Math.Floor((float)((share * PointsPerNode / PointsPerDigest * nodes.Count) + 0.0000000001));
            for (int n = 0; n < digests; n++)
                AddDigest(points, NameOf(nodes[i], n), i);
        }

        points.Sort(static (a, b) => a.Point != b.Point ? a.Point.CompareTo(b.Point) : a.Node.CompareTo(b.Node));
        _points = [.. points.Select(static p => p.Point)];
        _nodes = [.. points.Select(static p => p.Node)];
    }

    /// <summary>Points on the ring, all nodes together.</summary>
    public int PointCount => _points.Length;

    /// <summary>The number of the node that holds <paramref name="key"/>.</summary>
    public int NodeOf(ReadOnlySpan<byte> key)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        Hash(key, digest);
        int at = FirstAtOrAfter(BinaryPrimitives.ReadUInt32LittleEndian(digest));
        return _nodes[at == _points.Length ? 0 : at];
    }

    private static string NameOf(MemcachedEndpoint node, int n)
        => node.Port == MemcachedEndpoint.DefaultPort ? $"{node.Host}-{n}" : $"{node.Host}:{node.Port}-{n}";

    private static void AddDigest(List<(uint Point, int Node)> points, string name, int node)
    {
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        Hash(Encoding.UTF8.GetBytes(name), digest);
        for (int i = 0; i < PointsPerDigest; i++)
            points.Add((BinaryPrimitives.ReadUInt32LittleEndian(digest[(i * sizeof(uint))..]), node));
    }

#pragma warning disable CA5351 // MD5 places keys as libmemcached does; nothing relies on it for security.
    private static void Hash(ReadOnlySpan<byte> source, Span<byte> digest) => MD5.HashData(source, digest);
#pragma warning restore CA5351

    private int FirstAtOrAfter(uint point)
    {
        int low = 0, high = _points.Length;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) / 2);
            if (_points[middle] < point)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
