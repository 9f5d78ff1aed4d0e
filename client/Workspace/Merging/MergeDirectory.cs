using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// A directory of the merged tree while it is put together: entries that are decided, subtrees taken over whole, and directories that both sides changed.
/// Not thread-safe.
/// </summary>
internal sealed class MergeDirectory
{
    private readonly Dictionary<byte[], TreeSide> _items = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], MergeDirectory> _directories = new(BytesComparer.Instance);

    /// <summary>Every name that any side has here.</summary>
    public HashSet<byte[]> Names { get; } = new(BytesComparer.Instance);

    private bool IsEmpty => _items.Count == 0 && _directories.Values.All(static d => d.IsEmpty);

    /// <summary>Takes an entry over: a file, or a subtree as a whole. An absent one is left out.</summary>
    public void Take(byte[] name, TreeSide side)
    {
        if (!side.IsAbsent)
        {
            _items[name] = side;
        }
    }

    public MergeDirectory Open(byte[] name)
    {
        MergeDirectory directory = new();
        _directories.Add(name, directory);
        return directory;
    }

    /// <summary>Opens what was taken over as a whole on the way to paths below here. The trees of one depth are read in one batch.</summary>
    public async Task OpenWaysAsync(IObjectSource objects, IEnumerable<byte[]> paths, CancellationToken cancellationToken)
    {
        ILookup<byte[], Taken> closed;
        List<byte[]> open = [.. paths];
        while ((closed = open.Select(FindTaken).OfType<Taken>().ToLookup(static t => t.Path, BytesComparer.Instance)).Count > 0)
        {
            Dictionary<ObjectId, GitObject> trees = [];
            await foreach (GitObject tree in objects.ReadManyAsync([.. closed.Select(static c => c.First().Tree).Distinct()], cancellationToken))
            {
                trees.Add(tree.Id, tree);
            }

            foreach (Taken taken in closed.Select(static c => c.First()))
            {
                taken.Parent._items.Remove(taken.Name);
                MergeDirectory opened = taken.Parent.Open(taken.Name);
                foreach (TreeItem item in TreeWalker.Parse(trees[taken.Tree], default))
                {
                    byte[] name = item.Path.ToArray();
                    opened.Names.Add(name);
                    opened.Take(name, new TreeSide(item.Mode, item.Id));
                }
            }

            open = [.. closed.SelectMany(static c => c).Select(static t => t.Target)];
        }
    }

    /// <summary>Puts a file at a path below here; directories on the way are made. None on the way was taken over as a whole.</summary>
    public void Place(ReadOnlySpan<byte> path, TreeSide side)
    {
        MergeDirectory at = this;
        for (int slash = path.IndexOf((byte)'/'); slash >= 0; slash = path.IndexOf((byte)'/'))
        {
            byte[] name = path[..slash].ToArray();
            path = path[(slash + 1)..];
            at = at._directories.TryGetValue(name, out MergeDirectory? next) ? next : at.Open(name);
        }

        at._items[path.ToArray()] = side;
    }

    /// <summary>Whether a directory that holds something stands at a path.</summary>
    public bool HasDirectory(ReadOnlySpan<byte> path) => Find(path, out byte[] name) is { } parent
        && (parent._directories.TryGetValue(name, out MergeDirectory? directory) ? !directory.IsEmpty : parent._items.TryGetValue(name, out TreeSide side) && side.Mode.IsDirectory());

    /// <summary>Whether any side has, or the merge put, something at a path.</summary>
    public bool IsTaken(ReadOnlySpan<byte> path) => Find(path, out byte[] name) is { } parent && (parent.Names.Contains(name) || parent._items.ContainsKey(name));

    /// <summary>Writes the trees, children first.</summary>
    /// <returns>Null: nothing is left in it.</returns>
    public ObjectId? Write(MadeObjects made)
    {
        TreeBuilder tree = new();
        foreach ((byte[] name, TreeSide side) in _items)
        {
            if (!_directories.ContainsKey(name))
            {
                tree.Add(side.Mode, name, side.Id);
            }
        }

        foreach ((byte[] name, MergeDirectory directory) in _directories)
        {
            if (directory.Write(made) is { } id)
            {
                tree.Add(FileMode.Directory, name, id);
            }
            else if (_items.TryGetValue(name, out TreeSide file))
            {
                tree.Add(file.Mode, name, file.Id);
            }
        }

        return tree.Count == 0 ? null : made.Add(ObjectKind.Tree, tree.Build());
    }

    // The first directory on the way that was taken over as a whole; null: there is none.
    private Taken? FindTaken(byte[] path)
    {
        MergeDirectory? at = this;
        for (int slash = path.AsSpan().IndexOf((byte)'/'), start = 0; slash >= 0 && at is not null;)
        {
            byte[] name = path[start..slash];
            if (at._items.TryGetValue(name, out TreeSide item) && item.Mode.IsDirectory())
            {
                return new Taken(path[..slash], at, name, item.Id, path);
            }

            at = at._directories.GetValueOrDefault(name);
            start = slash + 1;
            int next = path.AsSpan(start).IndexOf((byte)'/');
            slash = next < 0 ? -1 : start + next;
        }

        return null;
    }

    private MergeDirectory? Find(ReadOnlySpan<byte> path, out byte[] name)
    {
        MergeDirectory? at = this;
        for (int slash = path.IndexOf((byte)'/'); slash >= 0 && at is not null; slash = path.IndexOf((byte)'/'))
        {
            at = at._directories.GetValueOrDefault(path[..slash].ToArray());
            path = path[(slash + 1)..];
        }

        name = path.ToArray();
        return at;
    }

    /// <summary>A subtree that was taken over as a whole.</summary>
    /// <param name="Path">Where it is.</param>
    /// <param name="Parent">Has it.</param>
    /// <param name="Name">There.</param>
    /// <param name="Tree">Its tree.</param>
    /// <param name="Target">What it is to be opened for.</param>
    private sealed record Taken(byte[] Path, MergeDirectory Parent, byte[] Name, ObjectId Tree, byte[] Target);
}
