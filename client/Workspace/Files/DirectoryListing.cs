using Monorepo.Core;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Files;

/// <summary>A directory's entries in git's tree order (a directory sorts as if its name ended in a slash). Reusable: names share one buffer. Not thread-safe.</summary>
public sealed class DirectoryListing : IComparer<DirectoryListing.Entry>
{
    private readonly List<Entry> _entries = [];
    private byte[] _names = new byte[1024];
    private int _used;

    /// <summary>One entry; its name is read with <see cref="Name"/>.</summary>
    public readonly record struct Entry(int Offset, int Length, FileKind Kind);

    public int Count => _entries.Count;

    public FileKind Kind(int index) => _entries[index].Kind;

    /// <summary>Valid until the listing changes.</summary>
    public ReadOnlySpan<byte> Name(int index) => NameOf(_entries[index]);

    public void Clear()
    {
        _entries.Clear();
        _used = 0;
    }

    public void Add(ReadOnlySpan<byte> name, FileKind kind)
    {
        if (_names.Length - _used < name.Length)
            Array.Resize(ref _names, Math.Max(_names.Length * 2, _used + name.Length));
        name.CopyTo(_names.AsSpan(_used));
        _entries.Add(new Entry(_used, name.Length, kind));
        _used += name.Length;
    }

    public void Sort() => _entries.Sort(this);

    /// <summary>True when an entry has this name, of whatever kind. Linear: for the few special names.</summary>
    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (Entry entry in _entries)
        {
            if (NameOf(entry).SequenceEqual(name))
                return true;
        }

        return false;
    }

    int IComparer<Entry>.Compare(Entry x, Entry y) =>
        TreeOrder.Compare(NameOf(x), x.Kind == FileKind.Directory, NameOf(y), y.Kind == FileKind.Directory);

    private ReadOnlySpan<byte> NameOf(Entry entry) => _names.AsSpan(entry.Offset, entry.Length);
}
