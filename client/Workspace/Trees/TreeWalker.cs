using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Workspace.Objects;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Trees;

/// <summary>Reads trees through an object source. Thread-safe; trees come in the walker's own batches.</summary>
public sealed class TreeWalker(IObjectSource objects)
{
    /// <summary>Deeper trees are refused: a path of one-letter directories as long as the kernel takes.</summary>
    public const int DepthMax = 2048;

    // Mode, a short name and an id.
    private const int UsualEntryBytes = 32;

    /// <summary>
    /// Every entry below a tree, in the order of <c>git ls-tree -r</c>, after one round trip at most for the trees that are not here.
    /// Memory: one path of trees.
    /// </summary>
    /// <param name="root">The tree's id.</param>
    /// <param name="withDirectories">Also the directories, each before what it holds (<c>-t</c>).</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="ObjectsMissingException">Some trees are neither here nor to be had.</exception>
    /// <exception cref="MalformedObjectException">A tree breaks git's format.</exception>
    public async IAsyncEnumerable<TreeItem> ListAsync(ObjectId root, bool withDirectories = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await objects.EnsureTreesAsync([root], [], cancellationToken);
        Stack<(byte[] Path, List<TreeItem> Items, int Next)> stack = new();
        stack.Push(([], await ReadItemsAsync(root, default, cancellationToken), 0));
        while (stack.TryPop(out (byte[] Path, List<TreeItem> Items, int Next) level))
        {
            if (level.Next == level.Items.Count)
            {
                continue;
            }

            TreeItem item = level.Items[level.Next];
            stack.Push(level with { Next = level.Next + 1 });
            if (!item.Mode.IsDirectory())
            {
                yield return item;
                continue;
            }

            if (withDirectories)
            {
                yield return item;
            }

            if (stack.Count > DepthMax)
            {
                throw new InvalidDataException($"A tree is more than {DepthMax} levels deep.");
            }

            stack.Push((item.Path.ToArray(), await ReadItemsAsync(item.Id, item.Path, cancellationToken), 0));
        }
    }

    /// <summary>The entries of one tree, in its order.</summary>
    /// <param name="tree">The tree's id.</param>
    /// <param name="path">Put in front of the names.</param>
    /// <param name="cancellationToken">Stops a fetch.</param>
    public async ValueTask<List<TreeItem>> ReadItemsAsync(ObjectId tree, ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        GitObject read = await objects.ReadAsync(tree, cancellationToken);
        return Parse(read, path.Span);
    }

    /// <summary>
    /// The entry at a path below a tree, or null where there is none. An empty path is the tree itself. One round trip at most.
    /// </summary>
    public async ValueTask<TreeItem?> FindAsync(ObjectId root, ReadOnlyMemory<byte> path, CancellationToken cancellationToken)
    {
        await objects.EnsureWayAsync(root, path, cancellationToken);
        TreeItem current = new(default, FileMode.Directory, root);
        ReadOnlyMemory<byte> rest = path;
        while (!rest.IsEmpty)
        {
            if (!current.Mode.IsDirectory())
            {
                return null;
            }

            int slash = rest.Span.IndexOf((byte)'/');
            ReadOnlyMemory<byte> name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? default : rest[(slash + 1)..];
            GitObject tree = await objects.ReadAsync(current.Id, cancellationToken);
            if (FindEntry(tree, name.Span, current.Path.Span) is not { } found)
            {
                return null;
            }

            current = found;
        }

        return current;
    }

    internal static List<TreeItem> Parse(GitObject tree, ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> body = BodyOf(tree);
        List<TreeItem> items = new(body.Length / UsualEntryBytes);
        foreach (TreeEntry entry in new TreeReader(body))
        {
            items.Add(new TreeItem(TreePaths.Join(path, entry.Name), entry.Mode, entry.Id));
        }

        return items;
    }

    private static TreeItem? FindEntry(GitObject tree, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path)
    {
        foreach (TreeEntry entry in new TreeReader(BodyOf(tree)))
        {
            if (entry.Name.SequenceEqual(name))
            {
                return new TreeItem(TreePaths.Join(path, name), entry.Mode, entry.Id);
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> BodyOf(GitObject tree) => tree.Kind == ObjectKind.Tree
        ? tree.Body.Span
        : throw new InvalidDataException($"Object {tree.Id} is a {tree.Kind.ToName()} where a tree was expected.");
}
