using Monorepo.Core;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>A file that one side calls otherwise than the base.</summary>
/// <param name="Old">In the base.</param>
/// <param name="New">On the side.</param>
/// <param name="Side">1 ours, 2 theirs.</param>
/// <param name="File">The file as the side has it.</param>
internal sealed record MergeRename(byte[] Old, byte[] New, int Side, TreeSide File)
{
    // As git merges by default.
    private const long PairsMax = 7_000L * 7_000;

    /// <summary>Past this many contents to read, added files are compared by id and by name alone.</summary>
    private const int ContentsMax = 20_000;

    private static readonly ObjectId s_emptyBlob = ObjectHasher.Hash(ObjectKind.Blob, []);

    /// <summary>
    /// The renames that matter: of files which the other side changed or removed. Where a side removed no such file nothing is read; otherwise what it added is,
    /// at most.
    /// </summary>
    /// <returns>By old path, ours before theirs.</returns>
    public static async Task<List<MergeRename>> FindAsync(
        IObjectSource objects, IReadOnlyDictionary<byte[], MergeEntry> entries, ObjectId? fork, ObjectId ours, ObjectId theirs, CancellationToken cancellationToken)
    {
        List<MergeRename> found = [];
        for (int side = MergeEntry.Ours; side <= MergeEntry.Theirs; side++)
        {
            HashSet<byte[]> wanted = new(
                entries.Values.Where(e => !e.Sides[MergeEntry.Base].IsAbsent && e.Sides[side].IsAbsent && e.EqualMask == 0).Select(static e => e.Path), BytesComparer.Instance);
            if (wanted.Count == 0)
            {
                continue;
            }

            // Empty files are alike by accident.
            IReadOnlyList<TreeChange> changes =
            [
                .. (await TreeDiff.CompareAsync(objects, fork, side == MergeEntry.Ours ? ours : theirs, cancellationToken))
                    .Where(static c => (c.Old.IsAbsent && c.New.Id != s_emptyBlob) || (c.New.IsAbsent && c.Old.Id != s_emptyBlob)),
            ];
            RenameScope scope = new(path => wanted.Contains(path.ToArray()), PairsMax, ContentsMax);
            foreach (FileChange change in await RenameDetector.DetectAsync(objects, changes, cancellationToken, scope))
            {
                byte[] old = change.OldPath.ToArray();
                if (change.Score is not null && wanted.Contains(old))
                {
                    found.Add(new MergeRename(old, change.NewPath.ToArray(), side, change.New with { Mode = change.New.Mode.Canonical() }));
                }
            }
        }

        return [.. found.OrderBy(static r => r.Old, BytesComparer.Instance)];
    }
}
