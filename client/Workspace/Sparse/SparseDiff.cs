using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Sparse;

/// <summary>What differs between two views of trees.</summary>
/// <param name="Changes">Sorted by path's bytes.</param>
/// <param name="Leaving">Those of them that the new rules do not want, whatever the new tree has; ascending.</param>
public sealed record SparseChanges(IReadOnlyList<TreeChange> Changes, IReadOnlyList<TreeChange> Leaving);

/// <summary>
/// Compares what two sets of rules have of two trees. Directories that neither has are not entered, nor those that both have whole and that are
/// equal, so the cost is what changed and the directories on the way to what rules name. Thread-safe.
/// </summary>
public static class SparseDiff
{
    /// <param name="objects">Where trees are read, those of one depth in one batch. The caller has made them local.</param>
    /// <param name="old">What there was.</param>
    /// <param name="fresh">What is to be.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<SparseChanges> CompareAsync(IObjectSource objects, SparseView old, SparseView fresh, CancellationToken cancellationToken)
    {
        if (old.Rules.IsEverything && fresh.Rules.IsEverything)
        {
            return new SparseChanges(await TreeDiff.CompareAsync(objects, old.Root, fresh.Root, cancellationToken), []);
        }

        Comparison comparison = new();
        comparison.VisitTop(new Side(old.Root, old.Rules.Top), new Side(fresh.Root, fresh.Rules.Top));
        for (int depth = 0; comparison.TakeLevel() is { Count: > 0 } level; depth++)
        {
            if (depth > TreeWalker.DepthMax)
            {
                throw new InvalidDataException($"A tree is more than {TreeWalker.DepthMax} levels deep.");
            }

            Dictionary<ObjectId, GitObject> trees = [];
            HashSet<ObjectId> ids = [.. level.SelectMany(static p => (ObjectId?[])[p.Old.Tree, p.Fresh.Tree]).OfType<ObjectId>()];
            await foreach (GitObject tree in objects.ReadManyAsync(ids, cancellationToken))
            {
                trees.Add(tree.Id, tree);
            }

            foreach (Pair pair in level)
            {
                comparison.Merge(pair, List(trees, pair.Old, pair.Path), List(trees, pair.Fresh, pair.Path));
            }
        }

        return comparison.ToResult();
    }

    private static List<TreeItem> List(Dictionary<ObjectId, GitObject> trees, Side side, ReadOnlyMemory<byte> path) =>
        side.Tree is { } id ? TreeWalker.Parse(trees[id], path.Span) : [];

    /// <summary>A directory on one side.</summary>
    /// <param name="Tree">Null: it is not there, or nothing of it is in.</param>
    private readonly record struct Side(ObjectId? Tree, SparseScope Scope)
    {
        public Side OnlyInside() => Scope.Cover == SparseCover.None ? this with { Tree = null } : this;
    }

    private readonly record struct Pair(ReadOnlyMemory<byte> Path, Side Old, Side Fresh, DirectoryChanges Changes);

    private sealed class Comparison
    {
        private readonly DirectoryChanges _changes = new();
        private readonly List<TreeChange> _leaving = [];
        private List<Pair> _next = [];

        public List<Pair> TakeLevel()
        {
            List<Pair> level = _next;
            _next = [];
            return level;
        }

        public SparseChanges ToResult()
        {
            _leaving.Sort(static (a, b) => TreePaths.ByteOrder.Compare(a.Path, b.Path));
            return new SparseChanges(_changes.ToSorted(), _leaving);
        }

        public void VisitTop(Side old, Side fresh) => Visit(default, old, fresh, _changes);

        public void Merge(Pair pair, List<TreeItem> left, List<TreeItem> right)
        {
            int prefix = pair.Path.Length == 0 ? 0 : pair.Path.Length + 1;
            int l = 0;
            int r = 0;
            while (l < left.Count || r < right.Count)
            {
                int order = l == left.Count ? 1 : r == right.Count ? -1 : TreeOrder.Compare(left[l].Path.Span, left[l].Mode.IsDirectory(), right[r].Path.Span, right[r].Mode.IsDirectory());
                TreeItem? old = order <= 0 ? left[l++] : null;
                TreeItem? fresh = order >= 0 ? right[r++] : null;
                TreeItem any = (old ?? fresh)!.Value;
                ReadOnlySpan<byte> name = any.Path.Span[prefix..];
                if (any.Mode.IsDirectory())
                {
                    SparseScope oldScope = pair.Old.Scope.Enter(name);
                    SparseScope freshScope = ReferenceEquals(pair.Old.Scope, pair.Fresh.Scope) ? oldScope : pair.Fresh.Scope.Enter(name);
                    Visit(any.Path, new Side(old?.Id, oldScope), new Side(fresh?.Id, freshScope), pair.Changes);
                }
                else
                {
                    Add(pair.Changes, any.Path, SideOf(old, pair.Old.Scope, name), SideOf(fresh, pair.Fresh.Scope, name), isWanted: pair.Fresh.Scope.Includes(name, any.Mode));
                }
            }
        }

        private void Visit(ReadOnlyMemory<byte> path, Side old, Side fresh, DirectoryChanges above)
        {
            (old, fresh) = (old.OnlyInside(), fresh.OnlyInside());
            bool isAlike = ReferenceEquals(old.Scope, fresh.Scope) || (old.Scope.Cover == SparseCover.All && fresh.Scope.Cover == SparseCover.All);
            if (old.Tree != fresh.Tree || (old.Tree is not null && !isAlike))
            {
                _next.Add(new Pair(path, old, fresh, above.AddDirectory()));
            }
        }

        private void Add(DirectoryChanges changes, ReadOnlyMemory<byte> path, TreeSide old, TreeSide fresh, bool isWanted)
        {
            if (old == fresh)
            {
                return;
            }

            TreeChangeKind kind = old.IsAbsent ? TreeChangeKind.Added
                : fresh.IsAbsent ? TreeChangeKind.Removed
                : TypeOf(old.Mode) == TypeOf(fresh.Mode) ? TreeChangeKind.Modified
                : TreeChangeKind.TypeChanged;
            TreeChange change = new(kind, path, old, fresh);
            changes.Add(change);
            if (kind == TreeChangeKind.Removed && !isWanted)
            {
                _leaving.Add(change);
            }
        }

        private static TreeSide SideOf(TreeItem? item, SparseScope scope, ReadOnlySpan<byte> name) =>
            item is { } there && scope.Includes(name, there.Mode) ? new TreeSide(there.Mode, there.Id) : default;

        private static EntryKind TypeOf(FileMode mode) => mode.Kind() == EntryKind.Executable ? EntryKind.File : mode.Kind();
    }
}
