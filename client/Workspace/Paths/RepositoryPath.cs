using System.Text;

namespace Monorepo.Workspace.Paths;

/// <summary>Turns what a user types into a path from the repository's root.</summary>
public static class RepositoryPath
{
    /// <param name="top">The working copy's root, absolute.</param>
    /// <param name="from">Where the user stands: the root or below it.</param>
    /// <param name="typed">Relative to there, or absolute; the file need not exist.</param>
    /// <returns>Names joined by slashes, without one at the end; empty for the root; null where it leads out of the working copy.</returns>
    public static byte[]? Resolve(string top, string from, string typed)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(typed, from));
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(top));
        if (string.Equals(full, root, StringComparison.Ordinal))
        {
            return [];
        }

        return full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Encoding.UTF8.GetBytes(full[(root.Length + 1)..])
            : null;
    }
}
