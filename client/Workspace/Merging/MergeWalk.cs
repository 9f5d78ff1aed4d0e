using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// Walks three trees at once, level by level, and opens only directories that both sides changed, and all of a directory that one side has no more and the other
/// put files into: all else is decided by ids. The trees of one level are read in one batch. Not thread-safe.
/// </summary>
internal sealed class MergeWalk(IObjectSource objects)
{
    private readonly Dictionary<byte[], MergeEntry> _entries = new(BytesComparer.Instance);

    /// <summary>What was decided, and the place for the rest.</summary>
    public MergeDirectory Root { get; } = new();

    /// <summary>Paths to be decided.</summary>
    public Dictionary<byte[], MergeEntry> Entries => _entries;

    /// <summary>
    /// By side: directories of the base that it has no more, of which it matters where they went. True where the other side put files into one, false for those
    /// below.
    /// </summary>
    public Dictionary<byte[], bool>[] Awaited { get; } = [.. Enumerable.Range(0, 3).Select(static _ => new Dictionary<byte[], bool>(BytesComparer.Instance))];

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
        triple = triple with { IsAwaited = NoteAwaited(triple, names.Values) };
        foreach ((byte[] name, TreeSide[] sides) in names)
        {
            Decide(triple, name, sides, next);
        }
    }

    // Whether it matters where the directory went, or one above it; notes it for the sides that have it no more.
    private bool NoteAwaited(Triple triple, IEnumerable<TreeSide[]> sides)
    {
        bool isInBase = triple.Base is not null;
        int[] gone = (triple.Ours, triple.Theirs) switch
        {
            (null, null) => [MergeEntry.Ours, MergeEntry.Theirs],
            (null, _) => [MergeEntry.Ours],
            (_, null) => [MergeEntry.Theirs],
            _ => [],
        };
        bool hasNew = isInBase && gone is [int side] && sides.Any(s => MergeEntry.IsFile(s[3 - side]) && !MergeEntry.IsFile(s[MergeEntry.Base]));
        bool isAwaited = triple.IsAwaited || hasNew;
        foreach (int absent in isAwaited && isInBase ? gone : [])
        {
            Awaited[absent].Add(triple.Path, hasNew);
        }

        return isAwaited;
    }

    private void Decide(Triple triple, byte[] name, TreeSide[] sides, List<Triple> next)
    {
        (TreeSide fork, TreeSide ours, TreeSide theirs) = (sides[0], sides[1], sides[2]);
        if (fork == ours && fork == theirs)
        {
            triple.Into.Take(name, fork);
            return;
        }

        if (sides.All(MergeEntry.IsFile) && (fork == ours || fork == theirs || ours == theirs))
        {
            triple.Into.Take(name, fork == ours ? theirs : ours);
            return;
        }

        byte[] path = TreePaths.Join(triple.Path, name);
        if (sides.Any(MergeEntry.IsFile))
        {
            _entries.Add(path, new MergeEntry(path, sides));
        }

        if (sides.Any(static s => s.Mode.IsDirectory()))
        {
            DecideDirectory(triple, path, name, [.. sides.Select(static s => s.Mode.IsDirectory() ? s.Id : (ObjectId?)null)], next);
        }
    }

    // Where one side left a directory as it was, the other's is taken, or it goes with that. Equal ones are opened all the same: what both
    // removed may stand elsewhere on one side.
    private static void DecideDirectory(Triple triple, byte[] path, byte[] name, ObjectId?[] sides, List<Triple> next)
    {
        if (!triple.IsAwaited && (sides[0] == sides[1] || sides[0] == sides[2]))
        {
            if ((sides[0] == sides[1] ? sides[2] : sides[1]) is { } taken)
            {
                triple.Into.Take(name, new TreeSide(FileMode.Directory, taken));
            }

            return;
        }

        next.Add(new Triple(path, triple.Into.Open(name), sides[0], sides[1], sides[2], triple.IsAwaited));
    }

    /// <summary>A directory on three sides, null where it is not there, where its merge goes, and whether all of it is opened.</summary>
    private readonly record struct Triple(byte[] Path, MergeDirectory Into, ObjectId? Base, ObjectId? Ours, ObjectId? Theirs, bool IsAwaited = false);
}
