using System.Runtime.InteropServices;

namespace Monorepo.PathHistory.Building;

/// <summary>Paths of one batch as small numbers: each is a name below another, so a deep path costs its last name only. Not thread-safe.</summary>
internal sealed class PathTable
{
    /// <summary>The number of the root, whose path is empty.</summary>
    public const int Root = 0;

    private const int BucketsMin = 1_024;

    private readonly List<Node> _nodes = [default];
    private byte[] _names = new byte[4_096];
    private int _nameBytes;
    private int[] _buckets = new int[BucketsMin];

    public int Count => _nodes.Count;

    /// <summary>Memory that grows with the paths, about.</summary>
    public long Bytes => ((long)_nodes.Count * 40) + _nameBytes;

    /// <summary>The number of a name in a directory; made where it is new.</summary>
    public int GetChild(int parent, ReadOnlySpan<byte> name)
    {
        HashCode hasher = default;
        hasher.Add(parent);
        hasher.AddBytes(name);
        int hash = hasher.ToHashCode();
        Span<Node> nodes = CollectionsMarshal.AsSpan(_nodes);
        for (int at = _buckets[Bucket(hash)]; at != Root; at = nodes[at].Next)
        {
            ref readonly Node node = ref nodes[at];
            if (node.Hash == hash && node.Parent == parent && NameOf(node).SequenceEqual(name))
                return at;
        }

        if (_nodes.Count >= _buckets.Length)
            Grow();
        if (_names.Length - _nameBytes < name.Length)
            Array.Resize(ref _names, Math.Max(checked(2 * _names.Length), _nameBytes + name.Length));
        name.CopyTo(_names.AsSpan(_nameBytes));
        ref int bucket = ref _buckets[Bucket(hash)];
        _nodes.Add(new Node(parent, hash, bucket, _nameBytes, name.Length));
        _nameBytes += name.Length;
        return bucket = _nodes.Count - 1;
    }

    /// <summary>The whole path.</summary>
    public byte[] GetPath(int number)
    {
        int bytes = -1;
        for (int at = number; at != Root; at = _nodes[at].Parent)
            bytes += _nodes[at].NameLength + 1;
        if (bytes < 0)
            return [];

        byte[] path = new byte[bytes];
        for (int at = number; at != Root; at = _nodes[at].Parent)
        {
            Node node = _nodes[at];
            bytes -= node.NameLength;
            NameOf(node).CopyTo(path.AsSpan(bytes));
            if (--bytes > 0)
                path[bytes] = (byte)'/';
        }

        return path;
    }

    public void Clear()
    {
        _nodes.RemoveRange(1, _nodes.Count - 1);
        _nameBytes = 0;
        Array.Clear(_buckets);
    }

    private int Bucket(int hash) => hash & (_buckets.Length - 1);

    private ReadOnlySpan<byte> NameOf(in Node node) => _names.AsSpan(node.NameStart, node.NameLength);

    private void Grow()
    {
        _buckets = new int[2 * _buckets.Length];
        Span<Node> nodes = CollectionsMarshal.AsSpan(_nodes);
        for (int i = 1; i < nodes.Length; i++)
        {
            ref int bucket = ref _buckets[Bucket(nodes[i].Hash)];
            nodes[i] = nodes[i] with { Next = bucket };
            bucket = i;
        }
    }

    private readonly record struct Node(int Parent, int Hash, int Next, int NameStart, int NameLength);
}
