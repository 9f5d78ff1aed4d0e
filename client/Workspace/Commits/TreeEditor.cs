using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Commits;

/// <summary>A path's new state: absent where it goes.</summary>
public readonly record struct TreeEdit(byte[] Path, TreeSide New);

/// <summary>
/// Writes the trees that result from changed paths. Only directories on the way to them are read and written; the trees of one depth are read
/// in one batch. Entries that are not edited keep the mode they have.
/// </summary>
/// <param name="objects">Where the old trees are read.</param>
/// <param name="write">Is given each new tree's body, children first, and gives its id.</param>
public sealed class TreeEditor(IObjectSource objects, TreeEditor.WriteTree write)
{
    public delegate ObjectId WriteTree(ReadOnlySpan<byte> body);

    /// <summary>
    /// Where a file came in the place of a directory that still held something, or a directory in that of a file that no edit removed: the first such path. Who edits
    /// all there is never sees one; who knows a part of the tree only must not keep the result.
    /// </summary>
    public byte[]? Displaced { get; private set; }

    /// <param name="root">The tree to start from; null: the empty one.</param>
    /// <param name="edits">In any order, each path once. A file takes the place of a directory that loses all its files, and the other way.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The new root; the old one where nothing changes.</returns>
    public async Task<ObjectId> ApplyAsync(ObjectId? root, IEnumerable<TreeEdit> edits, CancellationToken cancellationToken)
    {
        Directory top = new() { Old = root };
        foreach (TreeEdit edit in edits)
        {
            top.Add(edit.Path, edit.New);
        }

        await ReadAsync(top, cancellationToken);
        return Build(top) ?? write([]);
    }

    private async Task ReadAsync(Directory top, CancellationToken cancellationToken)
    {
        List<Directory> level = [top];
        while (level.Count > 0)
        {
            HashSet<ObjectId> ids = [.. level.Where(d => d.Old is not null).Select(d => d.Old!.Value)];
            Dictionary<ObjectId, GitObject> trees = new(ids.Count);
            await foreach (GitObject tree in objects.ReadManyAsync(ids, cancellationToken))
            {
                trees.Add(tree.Id, tree);
            }

            foreach (Directory directory in level)
            {
                directory.Fill(directory.Old is { } id ? TreeWalker.Parse(trees[id], default) : []);
            }

            level = [.. level.SelectMany(d => d.Children.Values)];
        }
    }

    // Null: nothing is left in it.
    private ObjectId? Build(Directory directory)
    {
        foreach ((byte[] name, Directory child) in directory.Children)
        {
            ObjectId? built = Build(child);
            NoteDisplaced(directory, name, isDirectory: true, built is null);
            directory.Set(name, built is { } id ? new TreeSide(FileMode.Directory, id) : default, isDirectory: true);
        }

        foreach ((byte[] name, TreeSide side) in directory.Files)
        {
            NoteDisplaced(directory, name, isDirectory: false, side.IsAbsent);
            directory.Set(name, side, isDirectory: false);
        }

        if (directory.Entries.Count == 0)
        {
            return null;
        }

        if (!directory.IsChanged)
        {
            return directory.Old;
        }

        TreeBuilder tree = new();
        foreach ((byte[] name, TreeSide side) in directory.Entries)
        {
            tree.Add(side.Mode, name, side.Id);
        }

        return write(tree.Build());
    }

    private void NoteDisplaced(Directory directory, byte[] name, bool isDirectory, bool isGone)
    {
        bool isOther = !isGone && directory.Entries.TryGetValue(name, out TreeSide old) && old.Mode.IsDirectory() != isDirectory;
        if (isOther && !(isDirectory && directory.Files.ContainsKey(name)))
        {
            Displaced ??= TreePaths.Join(directory.Path, name);
        }
    }

    private sealed class Directory
    {
        public byte[] Path { get; init; } = [];

        /// <summary>The tree it was; null: it was none.</summary>
        public ObjectId? Old { get; set; }

        public Dictionary<byte[], Directory> Children { get; } = new(BytesComparer.Instance);

        public Dictionary<byte[], TreeSide> Files { get; } = new(BytesComparer.Instance);

        public Dictionary<byte[], TreeSide> Entries { get; } = new(BytesComparer.Instance);

        public bool IsChanged { get; private set; }

        public void Add(ReadOnlySpan<byte> path, TreeSide side)
        {
            Directory at = this;
            for (int slash = path.IndexOf((byte)'/'); slash >= 0; slash = path.IndexOf((byte)'/'))
            {
                byte[] name = path[..slash].ToArray();
                if (!at.Children.TryGetValue(name, out Directory? next))
                {
                    at.Children.Add(name, next = new Directory { Path = TreePaths.Join(at.Path, name) });
                }

                at = next;
                path = path[(slash + 1)..];
            }

            at.Files[path.ToArray()] = side;
        }

        public void Fill(List<TreeItem> items)
        {
            foreach (TreeItem item in items)
            {
                byte[] name = item.Path.ToArray();
                Entries[name] = new TreeSide(item.Mode, item.Id);
                if (item.Mode.IsDirectory() && Children.TryGetValue(name, out Directory? child))
                {
                    child.Old = item.Id;
                }
            }
        }

        public void Set(byte[] name, TreeSide side, bool isDirectory)
        {
            bool had = Entries.TryGetValue(name, out TreeSide old);
            if (side.IsAbsent)
            {
                // What goes is of its kind: a file's name may be a directory's by now.
                if (had && old.Mode.IsDirectory() == isDirectory)
                {
                    Entries.Remove(name);
                    IsChanged = true;
                }
            }
            else if (!had || old != side)
            {
                Entries[name] = side;
                IsChanged = true;
            }
        }
    }
}
