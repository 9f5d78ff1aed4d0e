using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Merging;

/// <summary>A file that one side calls otherwise than the base.</summary>
/// <param name="Old">In the base.</param>
/// <param name="New">On the side.</param>
/// <param name="Side">1 ours, 2 theirs.</param>
/// <param name="Before">The file as the base has it.</param>
/// <param name="File">The file as the side has it.</param>
/// <param name="IsWanted">The other side changed or removed the file. Another rename matters only where it went into a directory that the other side renamed.</param>
internal sealed record MergeRename(byte[] Old, byte[] New, int Side, TreeSide Before, TreeSide File, bool IsWanted);
