using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Operations;
using Monorepo.Workspace.Cleaning;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr clean</c>: deletes what is not tracked, with git's options and words.</summary>
public static class CleanCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Only what is at or below these; default: all below the directory.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> force = new("--force", "-f") { Description = "Delete; without it or -n clean refuses. Twice: also folders that are repositories of their own.", Arity = ArgumentArity.Zero };
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Tell what would be deleted; delete nothing." };
        Option<bool> folders = new("-d") { Description = "Also untracked folders." };
        Option<bool> ignored = new("-x") { Description = "Ignored files too." };
        Option<bool> onlyIgnored = new("-X") { Description = "Ignored files only." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Tell of what can't be deleted only." };
        Command command = new("clean", "Delete files that are not tracked; 'mr undo' brings back those that are not ignored.") { paths, force, dryRun, folders, ignored, onlyIgnored, quiet };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            int forced = parse.GetResult(force)?.IdentifierTokenCount ?? 0;
            bool isDry = parse.GetValue(dryRun);
            if (parse.GetValue(ignored) && parse.GetValue(onlyIgnored))
            {
                throw new CommandException(ExitCode.Usage, "-x and -X can't be combined.");
            }

            if (forced == 0 && !isDry)
            {
                throw new CommandException(ExitCode.Usage, "neither -f nor -n was given: refusing to clean.", "-n tells what would be deleted, -f deletes it.");
            }

            await context.FinishCheckoutAsync(cancellationToken);
            string[] named = parse.GetValue(paths) ?? [];
            CleanOptions options = new(
                parse.GetValue(onlyIgnored) ? CleanedFiles.Ignored : parse.GetValue(ignored) ? CleanedFiles.UntrackedAndIgnored : CleanedFiles.Untracked,
                Folders: parse.GetValue(folders) || named.Length > 0,
                Repositories: forced > 1,
                isDry);
            Cleaner cleaner = new(context.WorkingCopy);
            IReadOnlyList<CleanedPath> cleaned = await cleaner.CleanAsync(
                context.Objects, named.Length == 0 ? [PathArguments.Resolve(context, ".")] : [.. named.Select(p => PathArguments.Resolve(context, p))], options, cancellationToken);
            NotKeptWarnings.Write(cleaner.NotKept);
            PathScope scope = PathScope.Create(context, named, fullNames: false);
            foreach (CleanedPath path in cleaned)
            {
                if (path.Outcome == CleanOutcome.Failed || !parse.GetValue(quiet))
                {
                    context.Output.Text(Words(path.Outcome, isDry));
                    PathQuoting.Write(context.Output, default, scope.Shown(path.Path));
                    context.Output.Text("\n");
                }
            }

            return cleaned.Any(c => c.Outcome == CleanOutcome.Failed) ? ExitCode.Negative : ExitCode.Success;
        });
    }

    private static string Words(CleanOutcome outcome, bool isDry) => (outcome, isDry) switch
    {
        (CleanOutcome.Removed, true) => "Would remove ",
        (CleanOutcome.Removed, false) => "Removing ",
        (CleanOutcome.IsRepository, true) => "Would skip repository ",
        (CleanOutcome.IsRepository, false) => "Skipping repository ",
        _ => "failed to remove ",
    };
}
