using Google.Protobuf;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Trees;

/// <summary>
/// Paths as a tree of names: at each directory, which children are wanted. A directory on the way to a path is wanted
/// itself, one under a path with all that is in it. Immutable once parsed.
/// </summary>
internal sealed class PathFilter
{
    /// <summary>Deeper paths are refused; git itself fails on paths of 4,096 bytes.</summary>
    private const int PathBytesMax = 4_096;

    private readonly Dictionary<string, PathFilter> _children = new(StringComparer.Ordinal);

    private PathFilter()
    {
    }

    /// <summary>Everything here and below is wanted.</summary>
    public static PathFilter All { get; } = new() { IsAll = true };

    public bool IsAll { get; private set; }

    /// <summary>The filter below a directory of that name; null where nothing of it is wanted.</summary>
    /// <param name="name">A tree entry's name.</param>
    public PathFilter? Below(ReadOnlySpan<byte> name) => IsAll ? All : Below(TreeNames.ToKey(name));

    /// <summary>As <see cref="Below(ReadOnlySpan{byte})"/>, by the name's <see cref="TreeNames.ToKey"/>.</summary>
    public PathFilter? Below(string key)
    {
        // One instance stands for "all", so that a tree reached in two ways compares equal.
        return IsAll ? All : _children.GetValueOrDefault(key) is { } child ? child.IsAll ? All : child : null;
    }

    /// <param name="paths">Slash-separated names without a leading slash, one trailing slash allowed. None, or an empty path, is everything.</param>
    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static PathFilter Parse(IReadOnlyList<ByteString> paths)
    {
        if (paths.Count == 0)
        {
            return All;
        }

        if (paths.Count > ServiceLimits.IdsMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'paths' holds {paths.Count} entries, at most {ServiceLimits.IdsMax} are allowed.");
        }

        PathFilter root = new();
        foreach (ByteString path in paths)
        {
            root.Add(path);
        }

        return root.IsAll ? All : root;
    }

    private void Add(ByteString path)
    {
        ReadOnlySpan<byte> rest = path.Span;
        if (rest.Length > PathBytesMax)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a path of {rest.Length} bytes is longer than {PathBytesMax}.");
        }

        if (rest.EndsWith("/"u8))
        {
            rest = rest[..^1];
        }

        PathFilter at = this;
        while (!rest.IsEmpty && !at.IsAll)
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? rest : rest[..slash];
            if (name.IsEmpty || name.Contains((byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                throw new RpcException(RpcStatusCode.InvalidArgument, $"'{path.ToStringUtf8()}' is not a path in a tree: names joined by single slashes, without '.' and '..'.");
            }

            at = at.ChildOf(name);
            rest = slash < 0 ? default : rest[(slash + 1)..];
        }

        at.IsAll = true;
        at._children.Clear();
    }

    private PathFilter ChildOf(ReadOnlySpan<byte> name)
    {
        string key = TreeNames.ToKey(name);
        if (!_children.TryGetValue(key, out PathFilter? child))
        {
            child = new PathFilter();
            _children.Add(key, child);
        }

        return child;
    }
}
