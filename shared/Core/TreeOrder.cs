namespace Monorepo.Core;

/// <summary>Git's order of tree entries: by bytes, a directory as if its name ended in a slash.</summary>
public static class TreeOrder
{
    public static int Compare(ReadOnlySpan<byte> left, bool leftIsDirectory, ReadOnlySpan<byte> right, bool rightIsDirectory)
    {
        int common = Math.Min(left.Length, right.Length);
        int order = left[..common].SequenceCompareTo(right[..common]);
        return order != 0 ? order : After(left, leftIsDirectory, common) - After(right, rightIsDirectory, common);
    }

    // The byte that follows the common part: the name's own, the directory's slash, or the end.
    private static int After(ReadOnlySpan<byte> name, bool isDirectory, int at) =>
        at < name.Length ? name[at] : isDirectory && at == name.Length ? '/' : 0;
}
