using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.PathHistory.Building;

/// <summary>
/// Compares commits with their first parents, many commits at once and level by level, so that the trees of a level are read together.
/// Only directories that differ are opened. Not thread-safe.
/// </summary>
internal sealed class HistoryComparison(TreeSource trees, PathTable paths, ChangeList changes)
{
    /// <summary>Directories compared with one read; with the cache they bound the trees in memory.</summary>
    private const int PairsMax = 1_024;

    private static readonly ObjectId[] s_noOthers = [];

    /// <param name="first">The place of the first commit in the batch.</param>
    /// <param name="commits">Their trees.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <exception cref="MalformedObjectException">A tree's bytes are none.</exception>
    public async ValueTask AddAsync(int first, IReadOnlyList<CommitTree> commits, CancellationToken cancellationToken)
    {
        List<DirectoryPair> all = [];
        List<DirectoryPair> level = [];
        for (int i = 0; i < commits.Count; i++)
        {
            if (Root(first + i, commits[i]) is { } root)
                level.Add(root);
        }

        while (level.Count > 0)
        {
            all.AddRange(level);
            List<DirectoryPair> next = [];
            foreach (DirectoryPair[] slice in level.Chunk(PairsMax))
            {
                HashSet<ObjectId> ids = [];
                foreach (DirectoryPair pair in slice)
                {
                    ids.Add(pair.Tree);
                    ids.Add(pair.Base);
                    ids.UnionWith(pair.Others);
                }

                ids.Remove(ObjectId.Null);
                Dictionary<ObjectId, byte[]> bodies = await trees.LoadAsync(ids, cancellationToken);
                bodies.Add(ObjectId.Null, []);
                foreach (DirectoryPair pair in slice)
                    Compare(pair, bodies, next);
            }

            level = next;
        }

        foreach (DirectoryPair pair in all)
        {
            if (pair.IsChanged)
                changes.Add(pair.Path, pair.Commit, pair.SameParents);
        }
    }

    private static DirectoryPair? Root(int commit, CommitTree trees)
    {
        ObjectId @base = trees.Parents.Length == 0 ? ObjectId.Null : trees.Parents[0];
        if (trees.Tree == @base)
            return null;

        ObjectId[] others = trees.Parents.Length < 2 ? s_noOthers : trees.Parents[1..Math.Min(trees.Parents.Length, IPathIndex.ParentsMax + 1)];
        ulong same = 0;
        for (int k = 0; k < others.Length; k++)
            same |= others[k] == trees.Tree ? 1UL << k : 0;
        return new DirectoryPair
        {
            Commit = commit,
            Path = PathTable.Root,
            PathBytes = 0,
            Parent = null,
            Tree = trees.Tree,
            Base = @base,
            Others = others,
            SameParents = same,
        };
    }

    private void Compare(DirectoryPair pair, Dictionary<ObjectId, byte[]> bodies, List<DirectoryPair> next)
    {
        MergeNames? merge = pair.Others.Length == 0 ? null : new MergeNames(pair, bodies);
        TreeReader left = new(bodies[pair.Tree]);
        TreeReader right = new(bodies[pair.Base]);
        bool hasLeft = left.MoveNext();
        bool hasRight = right.MoveNext();
        while (hasLeft || hasRight)
        {
            int order = !hasLeft ? 1 : !hasRight ? -1 : TreeOrder.Compare(
                left.Current.Name, left.Current.Mode.IsDirectory(), right.Current.Name, right.Current.Mode.IsDirectory());
            if (order < 0)
            {
                Add(pair, left.Current.Name, merge, Side(left.Current), null, next);
                hasLeft = left.MoveNext();
            }
            else if (order > 0)
            {
                Add(pair, right.Current.Name, merge, null, Side(right.Current), next);
                hasRight = right.MoveNext();
            }
            else
            {
                if (!NamedEntry.AreSame(left.Current.Mode, left.Current.Id, right.Current.Mode, right.Current.Id))
                    Add(pair, left.Current.Name, merge, Side(left.Current), Side(right.Current), next);
                hasLeft = left.MoveNext();
                hasRight = right.MoveNext();
            }
        }
    }

    private static NamedEntry Side(in TreeEntry entry) => new(entry.Mode, entry.Id);

    /// <summary>Notes a difference: a directory to open, or a file. Of two sides both or neither are directories.</summary>
    private void Add(
        DirectoryPair pair, ReadOnlySpan<byte> name, MergeNames? merge, NamedEntry? tree, NamedEntry? @base, List<DirectoryPair> next)
    {
        int pathBytes = pair.PathBytes + name.Length + (pair.Parent is null ? 0 : 1);
        bool isDirectory = (tree ?? @base)!.Value.Mode.IsDirectory();
        if (pathBytes > IPathIndex.PathBytesMax)
        {
            pair.MarkChanged();
            return;
        }

        int path = paths.GetChild(pair.Path, name);
        ObjectId[] others = s_noOthers;
        ulong same = merge?.FindSame(name, out others) ?? 0;
        if (!isDirectory)
        {
            changes.Add(path, pair.Commit, same);
            pair.MarkChanged();
            return;
        }

        next.Add(new DirectoryPair
        {
            Commit = pair.Commit,
            Path = path,
            PathBytes = pathBytes,
            Parent = pair,
            Tree = tree?.Id ?? ObjectId.Null,
            Base = @base?.Id ?? ObjectId.Null,
            Others = others,
            SameParents = same,
        });
    }

    /// <summary>A merge's directory and its parents', by name.</summary>
    private sealed class MergeNames(DirectoryPair pair, Dictionary<ObjectId, byte[]> bodies)
    {
        private readonly TreeNames _own = new(bodies[pair.Tree]);
        private readonly TreeNames[] _others = [.. pair.Others.Select(id => new TreeNames(bodies[id]))];

        public ulong FindSame(ReadOnlySpan<byte> name, out ObjectId[] directories)
        {
            NamedEntry own = _own.Find(name);
            directories = new ObjectId[_others.Length];
            ulong same = 0;
            for (int k = 0; k < directories.Length; k++)
            {
                NamedEntry other = _others[k].Find(name);
                directories[k] = other.Directory;
                same |= NamedEntry.AreSame(own.Mode, own.Id, other.Mode, other.Id) ? 1UL << k : 0;
            }

            return same;
        }
    }
}
