using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Files;

/// <summary>The working copy on a real Linux file system.</summary>
public sealed class PosixWorkingFiles : IWorkingFiles
{
    // openat2 takes less than PATH_MAX with its NUL; longer paths are walked in pieces.
    private const int PieceBytesMax = PosixDirectory.PathBytesMax - 1;

    private readonly FileDescriptor _root;
    private readonly bool _walkByComponent;

    private PosixWorkingFiles(FileDescriptor root, bool walkByComponent)
    {
        _root = root;
        _walkByComponent = walkByComponent;
    }

    /// <param name="root">The root directory's path; links in it are followed.</param>
    /// <exception cref="PosixException">It is not there, or no directory.</exception>
    public static PosixWorkingFiles Open(ReadOnlySpan<byte> root) => Open(root, forceComponentWalk: false);

    internal static PosixWorkingFiles Open(ReadOnlySpan<byte> root, bool forceComponentWalk)
    {
        PosixDirectory.Open(root, OpenFlags.Directory, 0, out FileDescriptor? descriptor).ThrowIfFailed("open", root);
        bool hasOpenBeneath = PosixDirectory.OpenBeneath(descriptor!, "."u8, OpenFlags.Directory, out FileDescriptor? probe) == Errno.None;
        probe?.Dispose();
        return new PosixWorkingFiles(descriptor!, forceComponentWalk || !hasOpenBeneath);
    }

    public IWorkingDirectory? OpenDirectory(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
            return PosixWorkingDirectory.Open(_root, "."u8);
        FileDescriptor? at = null;
        while (true)
        {
            ReadOnlySpan<byte> piece = NextPiece(path);
            FileDescriptor from = at ?? _root;
            Errno errno = _walkByComponent
                ? PosixDirectory.OpenAt(from, piece, OpenFlags.Directory | OpenFlags.NoFollow, 0, out FileDescriptor? next)
                : PosixDirectory.OpenBeneath(from, piece, OpenFlags.Directory, out next);
            at?.Dispose();
            if (PosixWorkingDirectory.IsAbsent(errno))
                return null;
            errno.ThrowIfFailed("open", path);
            at = next;
            if (piece.Length == path.Length)
                return new PosixWorkingDirectory(at!);
            path = path[(piece.Length + 1)..];
        }
    }

    public void Dispose() => _root.Dispose();

    private ReadOnlySpan<byte> NextPiece(ReadOnlySpan<byte> path)
    {
        if (_walkByComponent)
        {
            int slash = path.IndexOf((byte)'/');
            return slash < 0 ? path : path[..slash];
        }

        if (path.Length <= PieceBytesMax)
            return path;
        int cut = path[..PieceBytesMax].LastIndexOf((byte)'/');
        return cut < 0 ? path : path[..cut];
    }
}
