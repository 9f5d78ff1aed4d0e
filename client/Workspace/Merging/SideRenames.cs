using Monorepo.Core;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>What one side renamed.</summary>
/// <param name="Files">In no order.</param>
/// <param name="Directories">Where those went that are awaited.</param>
internal sealed record SideRenames(IReadOnlyList<MergeRename> Files, IReadOnlyList<(byte[] Old, byte[]? New)> Directories)
{
    // As git merges by default.
    private const long PairsMax = 7_000L * 7_000;

    /// <summary>Past this many contents to read, added files are compared by id and by name alone.</summary>
    private const int ContentsMax = 20_000;

    private static readonly ObjectId s_emptyBlob = ObjectHasher.Hash(ObjectKind.Blob, []);

    private Dictionary<byte[], byte[]>? _sources;

    /// <summary>What a renamed file was called; null: it is none.</summary>
    public byte[]? FindSource(byte[] path) =>
        (_sources ??= Files.ToDictionary(static f => f.New, static f => f.Old, BytesComparer.Instance)).GetValueOrDefault(path);

    /// <summary>
    /// Looks for the renames that matter: of files which the other side changed or removed, and of those in directories whose new place matters. Where a side removed
    /// no such file nothing is read; otherwise what it added is, at most.
    /// </summary>
    public static async Task<SideRenames> FindAsync(IObjectSource objects, MergeWalk walk, ObjectId? fork, ObjectId tree, int side, CancellationToken cancellationToken)
    {
        // True for a file that matters by itself, false for one that may say where its directory went.
        Dictionary<byte[], bool> relevant = new(BytesComparer.Instance);
        foreach (MergeEntry entry in walk.Entries.Values.Where(e => !e.Sides[MergeEntry.Base].IsAbsent && e.Sides[side].IsAbsent))
        {
            if (entry.EqualMask == 0 || walk.Awaited[side].ContainsKey(WorkingPath.Split(entry.Path, out _).ToArray()))
            {
                relevant.Add(entry.Path, entry.EqualMask == 0);
            }
        }

        if (relevant.Count == 0)
        {
            return new SideRenames([], []);
        }

        // Empty files are alike by accident.
        HashSet<byte[]> gone = new(BytesComparer.Instance);
        IReadOnlyList<TreeChange> changes =
        [
            .. (await TreeDiff.CompareAsync(objects, fork, tree, cancellationToken, gone: gone))
                .Where(static c => (c.Old.IsAbsent && c.New.Id != s_emptyBlob) || (c.New.IsAbsent && c.Old.Id != s_emptyBlob)),
        ];
        DirectoryMoves directories = new(gone, walk.Awaited[side], relevant.GetValueOrDefault);
        RenameScope scope = new(path => relevant.ContainsKey(path.ToArray()), PairsMax, ContentsMax) { Directories = directories };
        List<MergeRename> found = [];
        foreach (FileChange change in await RenameDetector.DetectAsync(objects, changes, cancellationToken, scope))
        {
            if (change.Score is not null)
            {
                byte[] old = change.OldPath.ToArray();
                found.Add(new MergeRename(old, change.NewPath.ToArray(), side, Canonical(change.Old), Canonical(change.New), relevant.GetValueOrDefault(old)));
            }
        }

        return new SideRenames(found, [.. directories.Decide()]);
    }

    private static TreeSide Canonical(TreeSide side) => side with { Mode = side.Mode.Canonical() };
}
