using Monorepo.Core;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>Finds paths in one side's tree; each directory is read once. Not thread-safe.</summary>
internal sealed class SideTree(IObjectSource objects, ObjectId? root)
{
    private readonly Dictionary<byte[], Dictionary<byte[], TreeSide>> _directories = new(BytesComparer.Instance);

    /// <summary>Absent where the side has neither a file nor a directory.</summary>
    public async ValueTask<TreeSide> FindAsync(byte[] path, CancellationToken cancellationToken)
    {
        byte[] directory = WorkingPath.Split(path, out ReadOnlySpan<byte> last).ToArray();
        byte[] name = last.ToArray();
        return (await ListAsync(directory, cancellationToken)).GetValueOrDefault(name);
    }

    // Empty where there is no such directory.
    private async ValueTask<Dictionary<byte[], TreeSide>> ListAsync(byte[] directory, CancellationToken cancellationToken)
    {
        if (_directories.TryGetValue(directory, out Dictionary<byte[], TreeSide>? items))
        {
            return items;
        }

        ObjectId? tree = directory.Length == 0 ? root : await FindAsync(directory, cancellationToken) is { } found && found.Mode.IsDirectory() ? found.Id : null;
        items = new Dictionary<byte[], TreeSide>(BytesComparer.Instance);
        foreach (TreeItem item in tree is { } id ? TreeWalker.Parse(await objects.ReadAsync(id, cancellationToken), default) : [])
        {
            items[item.Path.ToArray()] = new TreeSide(item.Mode.Canonical(), item.Id);
        }

        _directories.Add(directory, items);
        return items;
    }
}
