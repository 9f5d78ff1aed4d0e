using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Offline;

namespace Monorepo.Cli.Commands.Offline;

/// <summary>How declarations and what belongs to them are named to people.</summary>
internal static class OfflineNames
{
    /// <exception cref="CommandException">One is not declared.</exception>
    public static void Check(IReadOnlyList<OfflineDeclaration> declared, IEnumerable<string> revisions)
    {
        foreach (string revision in revisions)
        {
            if (!declared.Any(d => d.Revision == revision))
            {
                throw new CommandException(ExitCode.NotFound, $"Nothing is declared under the name '{revision}'.", "'mr offline list' shows what is, as it was named.");
            }
        }
    }

    public static IProgress<OfflineProgress> Adapt(IProgress<ProgressReport> progress) =>
        new ProgressAdapter<OfflineProgress>(progress, static p => new ProgressReport(p.Done, p.Total, $"{p.Done:N0} of {p.Total:N0}"));

    /// <summary>What of the tree is declared, in words.</summary>
    public static IEnumerable<string> PartsOf(OfflineDeclaration declaration)
    {
        if (declaration.IsAll)
        {
            return ["everything"];
        }

        IEnumerable<string> paths = declaration.Paths.Select(static p => PathQuoting.Quote(System.Text.Encoding.UTF8.GetBytes(p)));
        return declaration.Sparse is null ? paths : paths.Prepend($"what the working copy had ({string.Join(", ", declaration.Sparse.Settings.Profiles.Concat(declaration.Sparse.Settings.Rules.Select(static r => (r.IsInclude ? "+" : "-") + r.Pattern.Text)))})");
    }

    public static string KindOf(ObjectKind kind) => kind switch
    {
        ObjectKind.Commit => "commit",
        ObjectKind.Tree => "directory",
        _ => "file",
    };
}
