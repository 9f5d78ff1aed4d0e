using System.Text;
using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Trees;

/// <summary>An entry of a tree with its path from the root walked.</summary>
/// <param name="Path">The path's bytes, joined by '/', without one in front or behind.</param>
/// <param name="Mode">As the tree has it.</param>
/// <param name="Id">The entry's object.</param>
public readonly record struct TreeItem(ReadOnlyMemory<byte> Path, FileMode Mode, ObjectId Id)
{
    /// <summary>The path for people; bytes that are no UTF-8 are replaced.</summary>
    public string PathText => Encoding.UTF8.GetString(Path.Span);
}

public enum TreeChangeKind
{
    Added,
    Removed,

    /// <summary>Other content, or another executable bit.</summary>
    Modified,

    /// <summary>A file became a link, a submodule or the like, or the other way. Files and directories that take each other's place are removed and added.</summary>
    TypeChanged,
}

/// <summary>One path that differs between two trees: a file, link or submodule; directories only where they are asked for.</summary>
/// <param name="Path">As in <see cref="TreeItem"/>.</param>
/// <param name="Old">Null mode and id where it was added.</param>
/// <param name="New">Null mode and id where it was removed.</param>
public readonly record struct TreeChange(TreeChangeKind Kind, ReadOnlyMemory<byte> Path, TreeSide Old, TreeSide New)
{
    public string PathText => Encoding.UTF8.GetString(Path.Span);
}

/// <param name="Mode"><see cref="FileMode.None"/> where the path is not on this side.</param>
/// <param name="Id">Null id where the path is not on this side.</param>
public readonly record struct TreeSide(FileMode Mode, ObjectId Id)
{
    public bool IsAbsent => Mode == FileMode.None;
}
