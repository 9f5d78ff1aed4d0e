using Monorepo.Core;
using Monorepo.Workspace.Objects;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Trees;

/// <summary>
/// What differs between two trees. Subtrees of equal ids are not looked at, so the cost is the changed directories; what of them is
/// not here comes in one round trip. Thread-safe.
/// </summary>
public static class TreeDiff
{
    /// <param name="objects">Where trees are read.</param>
    /// <param name="oldRoot">A tree's id; null: the empty tree.</param>
    /// <param name="newRoot">A tree's id; null: the empty tree.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="paths">Only paths at or below one of these; none: all.</param>
    /// <param name="gone">Is given the directories that the new tree does not have.</param>
    /// <returns>Sorted by path's bytes, which is git's order. Memory: the changes.</returns>
    public static async Task<IReadOnlyList<TreeChange>> CompareAsync(
        IObjectSource objects,
        ObjectId? oldRoot,
        ObjectId? newRoot,
        CancellationToken cancellationToken,
        IReadOnlyCollection<ReadOnlyMemory<byte>>? paths = null,
        ICollection<byte[]>? gone = null)
    {
        paths ??= [];
        await objects.EnsureDifferencesAsync([new TreePair(oldRoot, newRoot)], paths, cancellationToken);
        DirectoryChanges changes = new();
        List<Pair> level = oldRoot == newRoot ? [] : [new Pair(default, oldRoot, newRoot, changes)];
        for (int depth = 0; level.Count > 0; depth++)
        {
            if (depth > TreeWalker.DepthMax)
            {
                throw new InvalidDataException($"A tree is more than {TreeWalker.DepthMax} levels deep.");
            }

            Dictionary<ObjectId, GitObject> trees = await ReadLevelAsync(objects, level, cancellationToken);
            List<Pair> next = [];
            foreach (Pair pair in level)
            {
                if (pair.New is null && depth > 0)
                {
                    gone?.Add(pair.Path.ToArray());
                }

                Merge(List(trees, pair.Old, pair.Path), List(trees, pair.New, pair.Path), paths, pair.Changes, next);
            }

            level = next;
        }

        return changes.ToSorted();
    }

    private static async Task<Dictionary<ObjectId, GitObject>> ReadLevelAsync(IObjectSource objects, List<Pair> level, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> ids = [];
        foreach (Pair pair in level)
        {
            if (pair.Old is { } old)
            {
                ids.Add(old);
            }

            if (pair.New is { } fresh)
            {
                ids.Add(fresh);
            }
        }

        Dictionary<ObjectId, GitObject> trees = new(ids.Count);
        await foreach (GitObject tree in objects.ReadManyAsync(ids, cancellationToken))
        {
            trees.Add(tree.Id, tree);
        }

        return trees;
    }

    private static List<TreeItem> List(Dictionary<ObjectId, GitObject> trees, ObjectId? id, ReadOnlyMemory<byte> path) =>
        id is { } tree ? TreeWalker.Parse(trees[tree], path.Span) : [];

    private static void Merge(List<TreeItem> left, List<TreeItem> right, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, DirectoryChanges changes, List<Pair> next)
    {
        int l = 0;
        int r = 0;
        while (l < left.Count || r < right.Count)
        {
            int order = l == left.Count ? 1 : r == right.Count ? -1 : Compare(left[l], right[r]);
            TreeItem? old = order <= 0 ? left[l++] : null;
            TreeItem? fresh = order >= 0 ? right[r++] : null;
            ReadOnlyMemory<byte> path = (old ?? fresh)!.Value.Path;
            if ((old?.Id != fresh?.Id || old?.Mode != fresh?.Mode) && IsOnTheWay(path.Span, paths))
            {
                Add(old, fresh, path, paths, changes, next);
            }
        }
    }

    // In git's order a directory and a file of one name are two places, so they meet as one removed and one added.
    private static int Compare(TreeItem left, TreeItem right) =>
        TreeOrder.Compare(left.Path.Span, left.Mode.IsDirectory(), right.Path.Span, right.Mode.IsDirectory());

    private static void Add(TreeItem? old, TreeItem? fresh, ReadOnlyMemory<byte> path, IReadOnlyCollection<ReadOnlyMemory<byte>> paths, DirectoryChanges changes, List<Pair> next)
    {
        if ((old ?? fresh)!.Value.Mode.IsDirectory())
        {
            if (old?.Id != fresh?.Id)
            {
                next.Add(new Pair(path, old?.Id, fresh?.Id, changes.AddDirectory()));
            }

            return;
        }

        if (!IsWanted(path.Span, paths))
        {
            return;
        }

        TreeChangeKind kind = old is null ? TreeChangeKind.Added
            : fresh is null ? TreeChangeKind.Removed
            : TypeOf(old.Value.Mode) == TypeOf(fresh.Value.Mode) ? TreeChangeKind.Modified
            : TreeChangeKind.TypeChanged;
        changes.Add(new TreeChange(kind, path, Side(old), Side(fresh)));
    }

    private static TreeSide Side(TreeItem? item) => item is { } i ? new TreeSide(i.Mode, i.Id) : default;

    private static EntryKind TypeOf(FileMode mode) => mode.Kind() == EntryKind.Executable ? EntryKind.File : mode.Kind();

    private static bool IsWanted(ReadOnlySpan<byte> path, IReadOnlyCollection<ReadOnlyMemory<byte>> paths)
    {
        foreach (ReadOnlyMemory<byte> wanted in paths)
        {
            if (TreePaths.IsUnder(path, wanted.Span))
            {
                return true;
            }
        }

        return paths.Count == 0;
    }

    private static bool IsOnTheWay(ReadOnlySpan<byte> path, IReadOnlyCollection<ReadOnlyMemory<byte>> paths)
    {
        foreach (ReadOnlyMemory<byte> wanted in paths)
        {
            if (TreePaths.IsUnder(path, wanted.Span) || TreePaths.IsUnder(wanted.Span, path))
            {
                return true;
            }
        }

        return paths.Count == 0;
    }

    /// <summary>Two trees of one path that differ.</summary>
    private readonly record struct Pair(ReadOnlyMemory<byte> Path, ObjectId? Old, ObjectId? New, DirectoryChanges Changes);
}
