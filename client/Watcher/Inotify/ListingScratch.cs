using Monorepo.Native.Posix;

namespace Monorepo.Watcher.Inotify;

/// <summary>What one thread needs to list directories: which is next, and the directories found. Used again and again.</summary>
internal sealed class ListingScratch
{
    private readonly byte[] _buffer = new byte[DirectoryReader.BufferBytes];
    private readonly List<byte[]> _names = [];
    private byte[] _path = new byte[512];
    private int _pathBytes;

    /// <summary>The directory to list next.</summary>
    public DirectoryNode? Node { get; private set; }

    /// <summary>Its path.</summary>
    public ReadOnlySpan<byte> Path => _path.AsSpan(0, _pathBytes);

    /// <summary>Directories that the last listing found.</summary>
    public IReadOnlyList<byte[]> Names => _names;

    /// <summary>Keeps a directory to list next.</summary>
    public void Take(DirectoryNode node, ReadOnlySpan<byte> path)
    {
        Node = node;
        if (path.Length > _path.Length)
            _path = new byte[2 * path.Length];
        path.CopyTo(_path);
        _pathBytes = path.Length;
    }

    /// <summary>No directory is next.</summary>
    public void Forget() => Node = null;

    /// <summary>Finds the directories in one that are to be watched. One that is removed meanwhile has what was seen until then.</summary>
    /// <exception cref="PosixException">It can't be read.</exception>
    public void List(FileDescriptor directory, DirectoryNode node)
    {
        _names.Clear();
        DirectoryReader reader = new(directory, _buffer);
        try
        {
            while (reader.MoveNext())
            {
                bool isDirectory = reader.Kind == FileKind.Directory
                    || (reader.Kind == FileKind.Unknown && PosixDirectory.GetStatus(directory, reader.Name, out FileStatus status) == Errno.None && status.Kind == FileKind.Directory);
                if (isDirectory && !WatchedTree.IsLeftOut(node, reader.Name))
                    _names.Add(reader.Name.ToArray());
            }
        }
        catch (PosixException e) when (e.Errno == Errno.NoEntry)
        {
        }
    }
}
