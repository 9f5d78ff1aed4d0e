using System.Text;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli;

/// <summary>Which files a command is about, and how their names are shown: from the directory that it was started in, as git does. Thread-safe.</summary>
public sealed class PathScope
{
    private readonly byte[][] _paths;
    private readonly byte[] _here;

    private PathScope(byte[][] paths, byte[] here)
    {
        _paths = paths;
        _here = here;
    }

    /// <param name="context">Where the command runs.</param>
    /// <param name="paths">As typed; none: all below the directory.</param>
    /// <param name="fullNames">Show names from the top of the working copy.</param>
    /// <exception cref="CommandException">A path lies outside of the working copy.</exception>
    public static PathScope Create(CommandContext context, IReadOnlyList<string> paths, bool fullNames)
    {
        byte[] here = PathArguments.Resolve(context, ".");
        return new PathScope(paths.Count == 0 ? [here] : [.. paths.Select(p => PathArguments.Resolve(context, p))], fullNames ? [] : here);
    }

    public bool Includes(ReadOnlyMemory<byte> path)
    {
        foreach (byte[] wanted in _paths)
        {
            if (TreePaths.IsUnder(path.Span, wanted))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path as it is shown.</summary>
    public ReadOnlySpan<byte> Shown(ReadOnlySpan<byte> path)
    {
        byte[] from = _here;
        int ups = 0;
        while (!TreePaths.IsUnder(path, from))
        {
            from = from[..Math.Max(0, Array.LastIndexOf(from, (byte)'/'))];
            ups++;
        }

        ReadOnlySpan<byte> rest = from.Length == 0 ? path : path[Math.Min(path.Length, from.Length + 1)..];
        return ups == 0 ? rest : (byte[])[.. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("../", ups))), .. rest];
    }
}
