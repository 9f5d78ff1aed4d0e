using Monorepo.Core;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Output;

/// <summary>Prints the patches of many changed files; contents are fetched a window at a time, one round trip each.</summary>
public static class TreePatches
{
    // Patches are printed in path order, so a window's contents are held at once.
    private const int WindowChanges = 512;

    public static async Task WriteAsync(PatchWriter writer, IObjectSource objects, IReadOnlyList<TreeChange> changes, CancellationToken cancellationToken)
    {
        foreach (TreeChange[] window in changes.Chunk(WindowChanges))
        {
            HashSet<ObjectId> wanted = [];
            foreach (TreeChange change in window)
            {
                Want(change.Old, wanted);
                Want(change.New, wanted);
            }

            Dictionary<ObjectId, ReadOnlyMemory<byte>> contents = new(wanted.Count);
            await foreach (GitObject content in objects.ReadManyAsync(wanted, cancellationToken))
            {
                contents.Add(content.Id, content.Body);
            }

            foreach (TreeChange change in window)
            {
                writer.Write(change.Path.Span, Side(change.Old, contents), Side(change.New, contents));
            }
        }
    }

    private static void Want(TreeSide side, HashSet<ObjectId> wanted)
    {
        if (side.Mode.HasBlob())
        {
            wanted.Add(side.Id);
        }
    }

    private static PatchSide Side(TreeSide side, Dictionary<ObjectId, ReadOnlyMemory<byte>> contents) =>
        side.IsAbsent ? PatchSide.Absent : new PatchSide(side.Mode, side.Id, contents.GetValueOrDefault(side.Id));
}
