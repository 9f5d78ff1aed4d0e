using System.Runtime.InteropServices;

namespace Monorepo.Workspace.Trees;

/// <summary>
/// Changes of one directory and, in their places among them, those of the directories in it. Filled level by level, listed in the order of paths, at the cost of a copy:
/// the entries of trees are in that order already.
/// </summary>
internal sealed class DirectoryChanges
{
    private readonly List<TreeChange> _changes = [];
    private List<(int Before, DirectoryChanges Inside)>? _directories;

    /// <summary>The next in the order of tree entries.</summary>
    public void Add(TreeChange change) => _changes.Add(change);

    /// <summary>As <see cref="Add"/>, for a directory whose changes come later.</summary>
    public DirectoryChanges AddDirectory()
    {
        DirectoryChanges inside = new();
        (_directories ??= []).Add((_changes.Count, inside));
        return inside;
    }

    /// <summary>All of them, sorted by path's bytes.</summary>
    public List<TreeChange> ToSorted()
    {
        List<TreeChange> all = new(Count());
        AppendTo(all);

        // Old histories have trees whose entries are in another order.
        for (int i = 1; i < all.Count; i++)
        {
            if (Compare(all[i - 1], all[i]) > 0)
            {
                all.Sort(Compare);
                break;
            }
        }

        return all;
    }

    private static int Compare(TreeChange x, TreeChange y) => TreePaths.ByteOrder.Compare(x.Path, y.Path);

    private int Count() => _changes.Count + (_directories?.Sum(static d => d.Inside.Count()) ?? 0);

    // As deep as the trees: the comparison bounds that.
    private void AppendTo(List<TreeChange> all)
    {
        int done = 0;
        foreach ((int before, DirectoryChanges inside) in _directories ?? [])
        {
            all.AddRange(CollectionsMarshal.AsSpan(_changes)[done..before]);
            inside.AppendTo(all);
            done = before;
        }

        all.AddRange(CollectionsMarshal.AsSpan(_changes)[done..]);
    }
}
