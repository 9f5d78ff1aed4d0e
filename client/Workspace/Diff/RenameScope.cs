namespace Monorepo.Workspace.Diff;

/// <summary>Which renames are looked for, and how hard.</summary>
/// <param name="Includes">Whether a removed file is of interest. One that is not may still turn out to be an added file of the same content, which that then is not for another.</param>
/// <param name="PairsMax">With more pairs of removed and added files they are compared by content's id and by name alone.</param>
/// <param name="ContentsMax">So too with more files.</param>
public sealed record RenameScope(Func<ReadOnlyMemory<byte>, bool> Includes, long PairsMax, int ContentsMax);
