using Monorepo.Core;

namespace Monorepo.Import.Objects;

/// <summary>Queues what a commit's tree holds and its parents' trees don't.</summary>
internal sealed class TreeWriter(TreeCache trees, SeenIds seen, ObjectWriter writer)
{
    private readonly Stack<(ObjectId Tree, IReadOnlyList<ObjectId> Bases)> _todo = new();

    /// <param name="root">The tree.</param>
    /// <param name="bases">Trees whose contents are all stored or queued.</param>
    /// <param name="cancellationToken">Stops between two trees.</param>
    /// <exception cref="ImportException">An object is missing or damaged.</exception>
    public async Task WriteAsync(ObjectId root, IReadOnlyList<ObjectId> bases, CancellationToken cancellationToken)
    {
        _todo.Clear();
        if (!bases.Contains(root))
            _todo.Push((root, bases));
        while (_todo.TryPop(out (ObjectId Tree, IReadOnlyList<ObjectId> Bases) next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!seen.Add(next.Tree))
                continue;
            Visit(next.Tree, next.Bases);
            if (writer.IsFull)
                await writer.DrainAsync(cancellationToken);
        }
    }

    private void Visit(ObjectId id, IReadOnlyList<ObjectId> bases)
    {
        byte[] body = trees.Get(id);
        try
        {
            foreach (NewEntry entry in TreeComparison.FindNew(body, [.. bases.Select(trees.Get)]))
            {
                if (entry.IsDirectory)
                    _todo.Push((entry.Id, entry.Bases));
                else if (seen.Add(entry.Id))
                    writer.Add(entry.Id, ObjectKind.Blob);
            }
        }
        catch (MalformedObjectException e)
        {
            throw new ImportException(ImportFailure.ObjectDamaged, $"The tree {id} of the source, or one it is compared with, is malformed: {e.Message}", e);
        }

        writer.Add(id, ObjectKind.Tree, body);
    }
}
