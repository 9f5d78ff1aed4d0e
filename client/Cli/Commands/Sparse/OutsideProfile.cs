using System.Text;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary>Explains paths that a sparse working copy does not have to who names them.</summary>
internal static class OutsideProfile
{
    /// <summary>For commands on files of the working copy: refuses a path that the rules leave out.</summary>
    /// <exception cref="CommandException">It does.</exception>
    public static void ThrowIfOutside(CommandContext context, byte[] path)
    {
        if (context.WorkingCopy.Sparse is { } sparse && sparse.Rules.IsOutside(path))
        {
            throw Explain(path);
        }
    }

    /// <summary>What to say of a path that was not found, where that may be why; null: it is not.</summary>
    public static CommandException? TryExplain(CommandContext context, byte[] path) =>
        path.Length > 0 && context.WorkingCopy.Sparse is { } sparse && !sparse.Rules.Includes(path) && sparse.Rules.CoverOf(path) != SparseCover.All ? Explain(path) : null;

    public static CommandException Explain(byte[] path)
    {
        string text = Encoding.UTF8.GetString(path);
        return new CommandException(ExitCode.NotFound, $"'{text}' is outside the sparse profile.", $"'mr sparse include {text}' brings it in.");
    }
}
