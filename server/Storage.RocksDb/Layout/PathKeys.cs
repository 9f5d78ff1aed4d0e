using System.Buffers.Binary;

namespace Monorepo.Storage.RocksDb.Layout;

/// <summary>
/// The keys of <c>paths</c>, as in FORMAT.md: repository, directory, NUL, name, NUL, position. NUL is in no name and sorts before every
/// other byte, so the entries of one directory lie together, and the blocks of one path in the order of their positions.
/// </summary>
internal static class PathKeys
{
    /// <summary>In place of a position: the path's newest block, which still grows.</summary>
    public const long Newest = long.MaxValue;

    public const int BytesMax = StoreKeys.RepositoryBytes + IPathIndex.PathBytesMax + 2 + sizeof(ulong);

    /// <param name="destination">At least <see cref="BytesMax"/>.</param>
    /// <param name="repository">Its number.</param>
    /// <param name="path">The path.</param>
    /// <param name="position">Of the last change in the block, or <see cref="Newest"/>.</param>
    /// <returns>The key's length.</returns>
    public static int Write(Span<byte> destination, uint repository, ReadOnlySpan<byte> path, long position)
    {
        int bytes = WritePath(destination, repository, path);
        BinaryPrimitives.WriteUInt64BigEndian(destination[bytes..], (ulong)position);
        return bytes + sizeof(ulong);
    }

    /// <summary>The key without the position: what all blocks of the path start with.</summary>
    public static int WritePath(Span<byte> destination, uint repository, ReadOnlySpan<byte> path)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, repository);
        int at = StoreKeys.RepositoryBytes;
        int slash = path.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> directory = slash < 0 ? default : path[..slash];
        ReadOnlySpan<byte> name = path[(slash + 1)..];
        directory.CopyTo(destination[at..]);
        at += directory.Length;
        destination[at++] = 0;
        name.CopyTo(destination[at..]);
        at += name.Length;
        destination[at++] = 0;
        return at;
    }
}
