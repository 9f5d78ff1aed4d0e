using Monorepo.Core;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Diff;

/// <summary>A changed file, renames taken for one change.</summary>
/// <param name="OldPath">Its path on the old side; the new one where it was added.</param>
/// <param name="NewPath">Its path on the new side; the old one where it was removed.</param>
/// <param name="Old">Absent where it was added.</param>
/// <param name="New">Absent where it was removed.</param>
/// <param name="Score">Of a rename, how much is alike, of <see cref="ScoreMax"/>; null: no rename.</param>
public readonly record struct FileChange(ReadOnlyMemory<byte> OldPath, ReadOnlyMemory<byte> NewPath, TreeSide Old, TreeSide New, int? Score)
{
    /// <summary>The score of equal contents.</summary>
    public const int ScoreMax = Blame.Similarity.ScoreMax;

    public FileChange(TreeChange change)
        : this(change.Path, change.Path, change.Old, change.New, null)
    {
    }

    /// <summary>As git prints it.</summary>
    public int? Percent => (int?)(Score * 100L / ScoreMax);

    /// <summary>A file became a link or a submodule, or the other way.</summary>
    public bool IsTypeChange => !Old.IsAbsent && !New.IsAbsent && TypeOf(Old.Mode) != TypeOf(New.Mode);

    private static EntryKind TypeOf(FileMode mode) => mode.Kind() == EntryKind.Executable ? EntryKind.File : mode.Kind();
}
