using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Status;

/// <summary>
/// The names of one directory in git's order (a directory sorts as if its name ended in a slash), packed in one buffer. Made to be filled
/// again and again: one per depth of the walk. Repository folders (".git", ".mr") are left out: they are never part of the tree.
/// </summary>
internal sealed class DirectoryListing : IComparer<DirectoryListing.Entry>
{
    /// <summary>Buffers above this are given back after use, so that one huge directory does not stay in memory.</summary>
    private const int KeptBytesMax = 1 << 20;

    private byte[] _names = new byte[4096];
    private Entry[] _entries = new Entry[64];
    private int _nameBytes;

    public int Count { get; private set; }

    public ReadOnlySpan<byte> Name(int index) => _names.AsSpan(_entries[index].Offset, _entries[index].Length);

    public FileKind Kind(int index) => _entries[index].Kind;

    /// <summary>A tracked file or submodule has the name of this directory.</summary>
    public ref bool IsShadowed(int index) => ref _entries[index].IsShadowed;

    /// <summary>The submodule among <see cref="IsShadowed"/>: what is inside belongs to another repository.</summary>
    public ref bool IsSubmodule(int index) => ref _entries[index].IsSubmodule;

    /// <summary>Reads the whole directory.</summary>
    /// <param name="directory">Open and at its start.</param>
    /// <param name="buffer">Scratch space for the system call.</param>
    /// <exception cref="PosixException">The directory can't be read.</exception>
    public void Fill(FileDescriptor directory, Span<byte> buffer)
    {
        Clear();
        if (_names.Length > KeptBytesMax)
        {
            _names = new byte[4096];
            _entries = new Entry[64];
        }

        DirectoryReader reader = new(directory, buffer);
        while (reader.MoveNext())
        {
            if (reader.Name.SequenceEqual(".git"u8) || reader.Name.SequenceEqual(".mr"u8))
                continue;
            FileKind kind = reader.Kind;
            if (kind == FileKind.Unknown)
            {
                Errno errno = PosixDirectory.GetStatus(directory, reader.Name, out FileStatus status);
                if (errno == Errno.NoEntry)
                    continue;
                errno.ThrowIfFailed("fstatat", reader.Name);
                kind = status.Kind;
            }

            Add(reader.Name, kind);
        }

        _entries.AsSpan(0, Count).Sort(this);
    }

    /// <summary>As a directory that holds one name, or nothing.</summary>
    public void Set(ReadOnlySpan<byte> name, FileKind? kind)
    {
        Clear();
        if (kind is { } known)
            Add(name, known);
    }

    public void Clear()
    {
        Count = 0;
        _nameBytes = 0;
    }

    /// <summary>The place of a name of the given sort, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name, bool isDirectory)
    {
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = TreeOrder.Compare(Name(middle), Kind(middle) == FileKind.Directory, name, isDirectory);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    int IComparer<Entry>.Compare(Entry x, Entry y) =>
        TreeOrder.Compare(_names.AsSpan(x.Offset, x.Length), x.Kind == FileKind.Directory, _names.AsSpan(y.Offset, y.Length), y.Kind == FileKind.Directory);

    private void Add(ReadOnlySpan<byte> name, FileKind kind)
    {
        if (_nameBytes + name.Length > _names.Length)
            Array.Resize(ref _names, Math.Max(_nameBytes + name.Length, 2 * _names.Length));
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        name.CopyTo(_names.AsSpan(_nameBytes));
        _entries[Count++] = new Entry { Offset = _nameBytes, Length = (byte)name.Length, Kind = kind };
        _nameBytes += name.Length;
    }

    // A name in a Linux directory has at most 255 bytes.
    internal struct Entry
    {
        public int Offset;
        public byte Length;
        public FileKind Kind;
        public bool IsShadowed;
        public bool IsSubmodule;
    }
}
