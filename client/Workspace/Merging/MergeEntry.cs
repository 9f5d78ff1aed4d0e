using Monorepo.Core;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>
/// A path that can't be decided by comparing ids alone: what is a file, link or submodule there on each side. Sides are 0 the base, 1 ours, 2 theirs; a mask has
/// bit N for side N.
/// </summary>
internal sealed class MergeEntry
{
    public const int Base = 0;
    public const int Ours = 1;
    public const int Theirs = 2;

    public MergeEntry(byte[] path)
    {
        Path = path;
        Names = [path, path, path];
    }

    public byte[] Path { get; }

    /// <summary>Absent where the side has nothing or a directory.</summary>
    public TreeSide[] Sides { get; } = new TreeSide[3];

    /// <summary>What each side calls the file: another path than this one after a rename.</summary>
    public byte[][] Names { get; }

    /// <summary>Sides with a directory of that name.</summary>
    public int DirectoryMask { get; init; }

    /// <summary>Sides that were equal in the trees, before renames: 3, 5 or 6; 0: none.</summary>
    public int EqualMask { get; init; }

    /// <summary>A rename leaves it open whether the file should stand here.</summary>
    public bool IsPathDisputed { get; set; }

    /// <summary>It went elsewhere by a rename.</summary>
    public bool IsMoved { get; set; }

    public int FileMask => (Sides[Base].IsAbsent ? 0 : 1) | (Sides[Ours].IsAbsent ? 0 : 2) | (Sides[Theirs].IsAbsent ? 0 : 4);

    public static bool IsRegular(TreeSide side) => side.Mode.Kind() is EntryKind.File or EntryKind.Executable;

    /// <summary>Files of both permissions are of one type.</summary>
    public static EntryKind TypeOf(TreeSide side) => side.Mode.Kind() is EntryKind.Executable ? EntryKind.File : side.Mode.Kind();
}
