using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Operations;

/// <summary>
/// Files of the working copy as they were at one moment, kept as a commit of the clone's <c>kept</c> store: its tree has a folder <c>kept</c> with their contents, and a folder
/// <c>absent</c> with an empty file for each path where there was none. Immutable.
/// </summary>
public sealed class KeptFiles
{
    private const string RefPrefix = "refs/kept/";

    private readonly SortedDictionary<byte[], TreeSide> _sides = new(BytesComparer.Instance);

    private static ReadOnlySpan<byte> KeptFolder => "kept"u8;

    private static ReadOnlySpan<byte> AbsentFolder => "absent"u8;

    /// <summary>By path; an absent side: no file was there.</summary>
    public IReadOnlyDictionary<byte[], TreeSide> Sides => _sides;

    public bool IsEmpty => _sides.Count == 0;

    /// <summary>Several together; where a path is in more than one, the first has the last word.</summary>
    /// <exception cref="CorruptHistoryException">One is not there.</exception>
    public static KeptFiles Read(LocalStore store, IEnumerable<ObjectId> commits)
    {
        KeptFiles files = new();
        foreach (ObjectId id in commits)
        {
            GitObject commit = store.TryRead(id) ?? throw new CorruptHistoryException($"The files kept as {id} are not there any more.");
            files.Add(store, Commit.Parse(commit.Body).Tree, []);
        }

        return files;
    }

    /// <summary>Adds them to a batch: trees, a commit, and a ref that keeps it.</summary>
    /// <param name="batch">Has the contents already.</param>
    /// <param name="sides">By path; an absent side: there was no file.</param>
    /// <param name="why">The command.</param>
    /// <param name="unixSeconds">Now.</param>
    internal static ObjectId Write(LocalBatch batch, IReadOnlyDictionary<byte[], TreeSide> sides, string why, long unixSeconds)
    {
        TreeSide empty = new(FileMode.Regular, batch.Add(ObjectKind.Blob, []));
        Folder top = new();
        foreach ((byte[] path, TreeSide side) in sides)
        {
            top.Add([.. side.IsAbsent ? AbsentFolder : KeptFolder, (byte)'/', .. path], side.IsAbsent ? empty : side);
        }

        string text = $"tree {top.Write(batch)}\nauthor mr <mr@localhost> {unixSeconds} +0000\ncommitter mr <mr@localhost> {unixSeconds} +0000\n\nFiles kept by: {why.ReplaceLineEndings(" ")}\n";
        ObjectId id = batch.Add(ObjectKind.Commit, Encoding.UTF8.GetBytes(text));
        batch.SetRef(RefOf(id), id);
        return id;
    }

    /// <summary>Keeps files whose contents the store has already, or a merge made, durably and for themselves: they stay when what brought the contents goes. The caller holds the clone's lock.</summary>
    internal static ObjectId WriteAlone(LocalStore store, IReadOnlyDictionary<byte[], TreeSide> sides, string why, long unixSeconds, MadeObjects? made = null)
    {
        using LocalBatch batch = store.Begin();
        foreach (TreeSide side in sides.Values.Where(static s => !s.IsAbsent))
        {
            batch.Add(ObjectKind.Blob, (made?.Find(side.Id) ?? store.TryRead(side.Id))!.Body.Span);
        }

        ObjectId kept = Write(batch, sides, why, unixSeconds);
        batch.Promise();
        return kept;
    }

    internal static RefName RefOf(ObjectId commit) => RefName.Parse(RefPrefix + commit);

    internal static bool IsKeptRef(RefName name) => name.Value.StartsWith(RefPrefix, StringComparison.Ordinal);

    private void Add(LocalStore store, ObjectId tree, byte[] path)
    {
        GitObject read = store.TryRead(tree) ?? throw new CorruptHistoryException($"The tree {tree} of kept files is not there any more.");
        foreach (TreeItem item in TreeWalker.Parse(read, path))
        {
            if (item.Mode.IsDirectory())
            {
                Add(store, item.Id, item.Path.ToArray());
                continue;
            }

            ReadOnlySpan<byte> full = item.Path.Span;
            int slash = full.IndexOf((byte)'/');
            bool isAbsent = full[..slash].SequenceEqual(AbsentFolder);
            _sides.TryAdd(full[(slash + 1)..].ToArray(), isAbsent ? default : new TreeSide(item.Mode, item.Id));
        }
    }

    // A file and a folder of one name can't both have been there; the file, which came first, stays.
    private sealed class Folder
    {
        private readonly SortedDictionary<byte[], Folder> _folders = new(BytesComparer.Instance);
        private readonly SortedDictionary<byte[], TreeSide> _files = new(BytesComparer.Instance);

        public void Add(ReadOnlySpan<byte> path, TreeSide side)
        {
            int slash = path.IndexOf((byte)'/');
            byte[] name = (slash < 0 ? path : path[..slash]).ToArray();
            if (slash < 0)
            {
                if (!_folders.ContainsKey(name))
                {
                    _files.TryAdd(name, side);
                }

                return;
            }

            if (!_files.ContainsKey(name))
            {
                if (!_folders.TryGetValue(name, out Folder? folder))
                {
                    _folders.Add(name, folder = new Folder());
                }

                folder.Add(path[(slash + 1)..], side);
            }
        }

        public ObjectId Write(LocalBatch batch)
        {
            TreeBuilder tree = new();
            foreach ((byte[] name, Folder folder) in _folders)
            {
                tree.Add(FileMode.Directory, name, folder.Write(batch));
            }

            foreach ((byte[] name, TreeSide side) in _files)
            {
                tree.Add(side.Mode, name, side.Id);
            }

            return batch.Add(ObjectKind.Tree, tree.Build());
        }
    }
}
