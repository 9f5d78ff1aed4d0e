using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Checkout;

/// <summary>
/// Removes what no commit has, and the directories that this empties. A repository inside is somebody else's and stays. Removing twice is removing once, so
/// whoever is killed is followed by whoever comes next.
/// </summary>
internal sealed class UntrackedRemover(IWorkingFiles files)
{
    private const int DepthMax = Trees.TreeWalker.DepthMax;

    private readonly List<byte[]> _kept = [];
    private readonly SortedSet<byte[]> _emptied = new(BytesComparer.Instance);

    public int Removed { get; private set; }

    /// <summary>Repositories that stay.</summary>
    public IReadOnlyList<byte[]> Kept => _kept;

    /// <param name="path">A file or link; or, ending in a slash, a directory with all that is in it.</param>
    public void Remove(ReadOnlySpan<byte> path)
    {
        bool isDirectory = path.EndsWith("/"u8);
        ReadOnlySpan<byte> parent = WorkingPath.Split(isDirectory ? path[..^1] : path, out ReadOnlySpan<byte> name);
        using IWorkingDirectory? directory = files.OpenDirectory(parent);
        if (directory is null)
        {
            return;
        }

        if (isDirectory)
        {
            RemoveDirectory(directory, name, path[..^1], 0);
        }
        else
        {
            Removed += directory.Delete(name) ? 1 : 0;
        }

        _emptied.Add(parent.ToArray());
    }

    /// <summary>Removes directories that are empty now, from the deepest up.</summary>
    public void RemoveEmptied()
    {
        while (_emptied.Max is { Length: > 0 } path)
        {
            _emptied.Remove(path);
            byte[] parent = WorkingPath.Split(path, out ReadOnlySpan<byte> name).ToArray();
            using IWorkingDirectory? above = files.OpenDirectory(parent);
            if (above is null || above.DeleteDirectory(name))
            {
                _emptied.Add(parent);
            }
        }
    }

    private void RemoveDirectory(IWorkingDirectory parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path, int depth)
    {
        using (IWorkingDirectory? directory = depth < DepthMax ? parent.OpenDirectory(name) : null)
        {
            if (directory is null)
            {
                return;
            }

            DirectoryListing listing = new();
            directory.List(listing);
            if (listing.Contains(WorkingPath.GitDirectory) || listing.Contains(WorkingPath.StateDirectory))
            {
                _kept.Add(path.ToArray());
                return;
            }

            for (int i = 0; i < listing.Count; i++)
            {
                if (listing.Kind(i) == FileKind.Directory)
                {
                    RemoveDirectory(directory, listing.Name(i), TreePaths.Join(path, listing.Name(i)), depth + 1);
                }
                else
                {
                    Removed += directory.Delete(listing.Name(i)) ? 1 : 0;
                }
            }
        }

        parent.DeleteDirectory(name);
    }
}
