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

    /// <param name="path">Where they stand.</param>
    /// <param name="sides">What each side has there, directories too.</param>
    public MergeEntry(byte[] path, ReadOnlySpan<TreeSide> sides)
        : this(path)
    {
        for (int side = 0; side < sides.Length; side++)
        {
            if (sides[side].Mode.IsDirectory())
            {
                DirectoryMask |= 1 << side;
            }
            else
            {
                Sides[side] = sides[side];
            }
        }

        EqualMask = FindEqual(Sides);
    }

    public byte[] Path { get; }

    /// <summary>Absent where the side has nothing or a directory.</summary>
    public TreeSide[] Sides { get; } = new TreeSide[3];

    /// <summary>What each side calls the file: another path than this one after a rename.</summary>
    public byte[][] Names { get; }

    /// <summary>Sides with a directory of that name.</summary>
    public int DirectoryMask { get; }

    /// <summary>Sides that were equal in the trees, before renames: 3, 5 or 6; 0: none.</summary>
    public int EqualMask { get; }

    /// <summary>A rename, of the file or of its directory, leaves it open whether it should stand here.</summary>
    public bool IsPathDisputed { get; set; }

    /// <summary>It went elsewhere by a rename.</summary>
    public bool IsMoved { get; set; }

    public int FileMask => (Sides[Base].IsAbsent ? 0 : 1) | (Sides[Ours].IsAbsent ? 0 : 2) | (Sides[Theirs].IsAbsent ? 0 : 4);

    /// <summary>Whether a side alone has a file here.</summary>
    public bool IsOnly(int side) => FileMask == 1 << side;

    /// <summary>Whether there is something that is no directory.</summary>
    public static bool IsFile(TreeSide side) => !side.IsAbsent && !side.Mode.IsDirectory();

    public static bool IsRegular(TreeSide side) => side.Mode.Kind() is EntryKind.File or EntryKind.Executable;

    /// <summary>Files of both permissions are of one type.</summary>
    public static EntryKind TypeOf(TreeSide side) => side.Mode.Kind() is EntryKind.Executable ? EntryKind.File : side.Mode.Kind();

    private static int FindEqual(TreeSide[] files)
    {
        if (!files[Base].IsAbsent && files[Base] == files[Ours])
        {
            return 3;
        }

        if (!files[Base].IsAbsent && files[Base] == files[Theirs])
        {
            return 5;
        }

        return !files[Ours].IsAbsent && files[Ours] == files[Theirs] ? 6 : 0;
    }
}
