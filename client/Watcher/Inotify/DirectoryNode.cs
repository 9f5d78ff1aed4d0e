using Monorepo.Core;

namespace Monorepo.Watcher.Inotify;

/// <summary>A directory that is watched, or about to be. About 100 bytes, and nothing for files.</summary>
internal sealed class DirectoryNode(DirectoryNode? parent, byte[] name)
{
    /// <summary>No watch.</summary>
    public const int None = -1;

    private Dictionary<byte[], DirectoryNode>? _children;

    /// <summary>Null: the top, or cut off from it.</summary>
    public DirectoryNode? Parent { get; private set; } = parent;

    public byte[] Name { get; } = name;

    public int Watch { get; set; } = None;

    /// <summary>It may be listed and entered.</summary>
    public bool IsAccessible { get; set; }

    /// <summary>Not part of the tree any more.</summary>
    public bool IsDropped { get; private set; }

    public bool IsGitDirectory => Parent is not null && Name.AsSpan().SequenceEqual(".git"u8);

    public IEnumerable<DirectoryNode> Children => _children?.Values ?? Enumerable.Empty<DirectoryNode>();

    public DirectoryNode? Find(ReadOnlySpan<byte> name) =>
        _children is not null && _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out DirectoryNode? child) ? child : null;

    /// <summary>The child of a name, made where there is none.</summary>
    public DirectoryNode Enter(ReadOnlySpan<byte> name)
    {
        if (Find(name) is { } known)
            return known;
        DirectoryNode child = new(this, name.ToArray());
        (_children ??= new Dictionary<byte[], DirectoryNode>(1, BytesComparer.Instance)).Add(child.Name, child);
        return child;
    }

    /// <summary>Cuts the directory off its parent; what is below stays with it.</summary>
    public void Drop()
    {
        if (Parent?._children is { } siblings)
        {
            siblings.Remove(Name);
            if (siblings.Count == 0)
                Parent._children = null;
        }

        Parent = null;
        IsDropped = true;
    }

    /// <summary>The path from the top into a buffer, "" for the top; the directories of it are joined by slashes.</summary>
    /// <returns>Its length.</returns>
    public int WritePath(ref byte[] buffer, int reserve)
    {
        int length = -1;
        for (DirectoryNode node = this; node.Parent is not null; node = node.Parent)
        {
            length += node.Name.Length + 1;
        }

        length = Math.Max(length, 0);
        if (buffer.Length < length + reserve)
            buffer = new byte[2 * (length + reserve)];
        int at = length;
        for (DirectoryNode node = this; node.Parent is not null; node = node.Parent)
        {
            at -= node.Name.Length;
            node.Name.CopyTo(buffer, at);
            if (--at > 0)
                buffer[at] = (byte)'/';
        }

        return length;
    }
}
