using Monorepo.Workspace.Files;

namespace Monorepo.Workspace.Tracking;

/// <summary>Folders that lost their last file go with it, as in git.</summary>
internal static class EmptyFolders
{
    /// <summary>Removes the directories above a path, from the innermost on, as far as they are empty.</summary>
    public static void RemoveAbove(IWorkingFiles files, ReadOnlySpan<byte> path)
    {
        for (ReadOnlySpan<byte> at = WorkingPath.Split(path, out _); !at.IsEmpty; at = WorkingPath.Split(at, out _))
        {
            using IWorkingDirectory? above = files.OpenDirectory(WorkingPath.Split(at, out ReadOnlySpan<byte> name));
            if (above is not null && !above.DeleteDirectory(name))
            {
                return;
            }
        }
    }
}
