using System.Text;
using Monorepo.Cli.Output;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary>How commands that change files name them.</summary>
internal static class PathLines
{
    private const int ShownMax = 10;

    /// <summary><c>add 'PATH'</c>, as git prints it, with the path's own bytes.</summary>
    public static void Write(OutputStream output, string verb, ReadOnlySpan<byte> path)
    {
        output.Text($"{verb} '");
        output.Bytes(path);
        output.Text("'\n");
    }

    /// <summary>The first paths, a line each.</summary>
    public static string List(IReadOnlyList<byte[]> paths)
    {
        StringBuilder text = new();
        foreach (byte[] path in paths.Take(ShownMax))
        {
            text.Append("\n  ").Append(Encoding.UTF8.GetString(path));
        }

        return paths.Count > ShownMax ? text.Append($"\n  and {paths.Count - ShownMax:N0} more").ToString() : text.ToString();
    }

    public static CommandException Unmatched(byte[] path) =>
        new(ExitCode.NotFound, $"pathspec '{Encoding.UTF8.GetString(path)}' did not match any files.", "'mr status' lists what is there.");
}
