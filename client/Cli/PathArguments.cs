using System.Text;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli;

/// <summary>Paths on the command line, which are relative to the directory that the command was started in.</summary>
public static class PathArguments
{
    /// <summary>The path's bytes relative to the working copy's top; empty for the top itself.</summary>
    /// <exception cref="CommandException">The path lies outside of the working copy.</exception>
    public static byte[] Resolve(CommandContext context, string path)
    {
        ClonePaths paths = context.Clone.Paths;
        string full = Path.GetFullPath(Path.Combine(context.Surroundings.WorkingDirectory, path));
        string relative = Path.GetRelativePath(paths.WorkingCopy, full);
        if (relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative))
        {
            throw new CommandException(ExitCode.Usage, $"'{path}' is outside of the working copy in '{paths.WorkingCopy}'.");
        }

        return relative == "." ? [] : Encoding.UTF8.GetBytes(relative.TrimEnd('/'));
    }
}
