using Monorepo.Core;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Output;

/// <summary>Prints the patches of many changed files; contents are fetched a window at a time, one round trip each.</summary>
public static class TreePatches
{
    // Patches are printed in path order, so a window's contents are held at once.
    private const int WindowChanges = 512;

    public static Task WriteAsync(PatchWriter writer, IObjectSource objects, IReadOnlyList<FileChange> changes, CancellationToken cancellationToken) => ForEachAsync(
        objects,
        changes,
        (change, before, after) => writer.Write(change.OldPath.Span, change.NewPath.Span, before, after, change.Percent),
        cancellationToken);

    /// <summary>Gives each change with its contents, in order.</summary>
    public static async Task ForEachAsync(IObjectSource objects, IReadOnlyList<FileChange> changes, Action<FileChange, PatchSide, PatchSide> use, CancellationToken cancellationToken)
    {
        foreach (FileChange[] window in changes.Chunk(WindowChanges))
        {
            HashSet<ObjectId> wanted = [];
            foreach (FileChange change in window)
            {
                Want(change.Old, wanted);
                Want(change.New, wanted);
            }

            Dictionary<ObjectId, ReadOnlyMemory<byte>> contents = new(wanted.Count);
            await foreach (GitObject content in objects.ReadManyAsync(wanted, cancellationToken))
            {
                contents.Add(content.Id, content.Body);
            }

            foreach (FileChange change in window)
            {
                use(change, Side(change.Old, contents), Side(change.New, contents));
            }
        }
    }

    /// <summary>Adds the contents that a change is printed from.</summary>
    public static void Want(TreeChange change, HashSet<ObjectId> wanted)
    {
        Want(change.Old, wanted);
        Want(change.New, wanted);
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
