namespace Monorepo.Workspace.Trees;

/// <summary>Joins and orders paths of bytes.</summary>
internal sealed class TreePaths : IComparer<ReadOnlyMemory<byte>>
{
    public static readonly TreePaths ByteOrder = new();

    public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);

    public static byte[] Join(ReadOnlySpan<byte> parent, ReadOnlySpan<byte> name)
    {
        if (parent.IsEmpty)
        {
            return name.ToArray();
        }

        byte[] path = new byte[parent.Length + 1 + name.Length];
        parent.CopyTo(path);
        path[parent.Length] = (byte)'/';
        name.CopyTo(path.AsSpan(parent.Length + 1));
        return path;
    }
}
