using System.Text;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Files;

/// <summary>Deletes what is in a folder, whatever its names are. Links are deleted and not followed.</summary>
public static class FolderRemoval
{
    /// <summary>Cut, it can be run again.</summary>
    /// <param name="folder">Stays.</param>
    /// <param name="kept">The entry that stays in it.</param>
    public static void RemoveAllBut(string folder, string kept)
    {
        using PosixWorkingFiles files = PosixWorkingFiles.Open(Encoding.UTF8.GetBytes(folder));
        using IWorkingDirectory top = files.OpenDirectory(default)!;
        Remove(top, Encoding.UTF8.GetBytes(kept));
    }

    private static void Remove(IWorkingDirectory directory, ReadOnlySpan<byte> kept)
    {
        DirectoryListing listing = new();
        directory.List(listing);
        for (int i = 0; i < listing.Count; i++)
        {
            ReadOnlySpan<byte> name = listing.Name(i);
            if (name.SequenceEqual(kept))
            {
                continue;
            }

            bool isDirectory = listing.Kind(i) == FileKind.Directory;
            using (IWorkingDirectory? below = isDirectory ? directory.OpenDirectory(name) : null)
            {
                if (below is not null)
                {
                    Remove(below, default);
                }
            }

            _ = (isDirectory && directory.DeleteDirectory(name)) || directory.Delete(name);
        }
    }
}
