using Monorepo.Core;
using Monorepo.Workspace.Commits;
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
    private readonly Dictionary<byte[], List<TreeEdit>> _edits = new(BytesComparer.Instance);

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

    /// <summary>Puts a file at a path below here; directories on the way are made.</summary>
    public void Place(ReadOnlySpan<byte> path, TreeSide side)
    {
        MergeDirectory at = this;
        for (int slash = path.IndexOf((byte)'/'); slash >= 0; slash = path.IndexOf((byte)'/'))
        {
            byte[] name = path[..slash].ToArray();
            path = path[(slash + 1)..];
            if (at._items.TryGetValue(name, out TreeSide taken) && taken.Mode.IsDirectory())
            {
                if (!at._edits.TryGetValue(name, out List<TreeEdit>? edits))
                {
                    at._edits.Add(name, edits = []);
                }

                edits.Add(new TreeEdit(path.ToArray(), side));
                return;
            }

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
    public async Task<ObjectId?> WriteAsync(MadeObjects made, CancellationToken cancellationToken)
    {
        TreeBuilder tree = new();
        foreach ((byte[] name, TreeSide side) in _items)
        {
            if (_edits.TryGetValue(name, out List<TreeEdit>? edits))
            {
                ObjectId edited = await new TreeEditor(made, body => made.Add(ObjectKind.Tree, body)).ApplyAsync(side.Id, edits, cancellationToken);
                tree.Add(side.Mode, name, edited);
            }
            else if (!_directories.ContainsKey(name))
            {
                tree.Add(side.Mode, name, side.Id);
            }
        }

        foreach ((byte[] name, MergeDirectory directory) in _directories)
        {
            if (await directory.WriteAsync(made, cancellationToken) is { } id)
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
}
