using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// Walks three trees at once, level by level, and opens only directories that both sides changed: all else is decided by ids. The trees of one level are read in
/// one batch. Not thread-safe.
/// </summary>
internal sealed class MergeWalk(IObjectSource objects)
{
    private readonly Dictionary<byte[], MergeEntry> _entries = new(BytesComparer.Instance);

    /// <summary>What was decided, and the place for the rest.</summary>
    public MergeDirectory Root { get; } = new();

    /// <summary>Paths to be decided.</summary>
    public Dictionary<byte[], MergeEntry> Entries => _entries;

    public async Task WalkAsync(ObjectId? fork, ObjectId ours, ObjectId theirs, CancellationToken cancellationToken)
    {
        List<Triple> level = [new Triple([], Root, fork, ours, theirs)];
        for (int depth = 0; level.Count > 0; depth++)
        {
            if (depth > TreeWalker.DepthMax)
            {
                throw new InvalidDataException($"A tree is more than {TreeWalker.DepthMax} levels deep.");
            }

            Dictionary<ObjectId, GitObject> trees = [];
            HashSet<ObjectId> ids = [.. level.SelectMany(static t => new[] { t.Base, t.Ours, t.Theirs }).OfType<ObjectId>()];
            await foreach (GitObject tree in objects.ReadManyAsync(ids, cancellationToken))
            {
                trees.Add(tree.Id, tree);
            }

            List<Triple> next = [];
            foreach (Triple triple in level)
            {
                Open(triple, trees, next);
            }

            level = next;
        }
    }

    private void Open(Triple triple, Dictionary<ObjectId, GitObject> trees, List<Triple> next)
    {
        Dictionary<byte[], TreeSide[]> names = new(BytesComparer.Instance);
        ReadOnlySpan<ObjectId?> roots = [triple.Base, triple.Ours, triple.Theirs];
        for (int side = 0; side < roots.Length; side++)
        {
            if (roots[side] is not { } id)
            {
                continue;
            }

            foreach (TreeItem item in TreeWalker.Parse(trees[id], default))
            {
                byte[] name = item.Path.ToArray();
                if (!names.TryGetValue(name, out TreeSide[]? sides))
                {
                    names.Add(name, sides = new TreeSide[3]);
                }

                sides[side] = new TreeSide(item.Mode.Canonical(), item.Id);
            }
        }

        triple.Into.Names.UnionWith(names.Keys);
        foreach ((byte[] name, TreeSide[] sides) in names)
        {
            Decide(triple, name, sides, next);
        }
    }

    private void Decide(Triple triple, byte[] name, TreeSide[] sides, List<Triple> next)
    {
        (TreeSide fork, TreeSide ours, TreeSide theirs) = (sides[0], sides[1], sides[2]);
        if (fork == ours && fork == theirs)
        {
            triple.Into.Take(name, fork);
            return;
        }

        TreeSide[] files = [.. sides.Select(static s => s.Mode.IsDirectory() ? default : s)];
        int directoryMask = sides.Select(static (s, i) => s.Mode.IsDirectory() ? 1 << i : 0).Sum();
        bool isWhole = files.All(static f => !f.IsAbsent);
        if (isWhole && (fork == ours || fork == theirs || ours == theirs))
        {
            triple.Into.Take(name, fork == ours ? theirs : ours);
            return;
        }

        byte[] path = TreePaths.Join(triple.Path, name);
        if (files.Any(static f => !f.IsAbsent))
        {
            MergeEntry entry = new(path) { DirectoryMask = directoryMask, EqualMask = EqualMask(files) };
            files.CopyTo(entry.Sides, 0);
            _entries.Add(path, entry);
        }

        if (directoryMask != 0)
        {
            DecideDirectory(triple, path, name, [.. sides.Select(static s => s.Mode.IsDirectory() ? s.Id : (ObjectId?)null)], next);
        }
    }

    // Where one side left a directory as it was, the other's is taken, or it goes with that. Equal ones are opened all the same: what both
    // removed may stand elsewhere on one side.
    private static void DecideDirectory(Triple triple, byte[] path, byte[] name, ObjectId?[] sides, List<Triple> next)
    {
        if (sides[0] == sides[1] || sides[0] == sides[2])
        {
            if ((sides[0] == sides[1] ? sides[2] : sides[1]) is { } taken)
            {
                triple.Into.Take(name, new TreeSide(FileMode.Directory, taken));
            }

            return;
        }

        next.Add(new Triple(path, triple.Into.Open(name), sides[0], sides[1], sides[2]));
    }

    private static int EqualMask(TreeSide[] files)
    {
        if (!files[0].IsAbsent && files[0] == files[1])
        {
            return 3;
        }

        if (!files[0].IsAbsent && files[0] == files[2])
        {
            return 5;
        }

        return !files[1].IsAbsent && files[1] == files[2] ? 6 : 0;
    }

    /// <summary>A directory on three sides, null where it is not there, and where its merge goes.</summary>
    private readonly record struct Triple(byte[] Path, MergeDirectory Into, ObjectId? Base, ObjectId? Ours, ObjectId? Theirs);
}
