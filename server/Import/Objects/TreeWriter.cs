using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.Import.Objects;

/// <summary>Finds what a commit's tree holds and its parents' trees don't. Not thread-safe.</summary>
internal sealed class TreeWriter(TreeCache trees, SeenIds seen)
{
    private readonly Stack<NewTree> _todo = new();

    /// <summary>Begins a tree; what is left of the one before is forgotten.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="bases">Trees whose contents are all stored or queued.</param>
    public void Start(ObjectId root, IReadOnlyList<ObjectId> bases)
    {
        _todo.Clear();
        if (!bases.Contains(root))
            _todo.Push(new NewTree(root, bases, ObjectLocality.RootDirectory, ObjectLocality.Of(ObjectKind.Tree, ObjectLocality.RootDirectory, default)));
    }

    /// <summary>Adds one tree with its files to the window.</summary>
    /// <returns>False when there was none left.</returns>
    /// <exception cref="ImportException">An object is missing or damaged.</exception>
    public bool MoveNext(ImportWindow window)
    {
        while (_todo.TryPop(out NewTree next))
        {
            if (!seen.Add(next.Id))
                continue;
            Visit(next, window);
            return true;
        }

        return false;
    }

    private void Visit(in NewTree tree, ImportWindow window)
    {
        byte[] body = trees.Get(tree.Id);
        try
        {
            foreach (NewEntry entry in TreeComparison.FindNew(body, [.. tree.Bases.Select(trees.Get)]))
            {
                ReadOnlySpan<byte> name = body.AsSpan(entry.NameStart, entry.NameLength);
                if (entry.IsDirectory)
                {
                    _todo.Push(new NewTree(
                        entry.Id, entry.Bases, ObjectLocality.Enter(tree.Directory, name), ObjectLocality.Of(ObjectKind.Tree, tree.Directory, name)));
                }
                else if (seen.Add(entry.Id))
                {
                    window.Add(entry.Id, ObjectKind.Blob, ObjectLocality.Of(ObjectKind.Blob, tree.Directory, name));
                }
            }
        }
        catch (MalformedObjectException e)
        {
            throw new ImportException(ImportFailure.ObjectDamaged, $"The tree {tree.Id} of the source, or one it is compared with, is malformed: {e.Message}", e);
        }

        window.Add(tree.Id, ObjectKind.Tree, tree.Locality, body);
    }

    /// <summary>A tree to visit.</summary>
    /// <param name="Id">The tree.</param>
    /// <param name="Bases">What the parents have at its place.</param>
    /// <param name="Directory">Its path, for the localities of what is in it.</param>
    /// <param name="Locality">Its own.</param>
    private readonly record struct NewTree(ObjectId Id, IReadOnlyList<ObjectId> Bases, uint Directory, ObjectLocality Locality);
}
