using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output.Operations;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr rm</c>: tracked files go, on disk and with the next commit.</summary>
public static class RmCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Tracked files, and with -r folders.", Arity = ArgumentArity.OneOrMore };
        Option<bool> recursive = new("-r") { Description = "Folders, with all that is tracked in them." };
        Option<bool> cached = new("--cached") { Description = "Keep the files: they are untracked from then on." };
        Option<bool> force = new("--force", "-f") { Description = "Also files with changes that are not committed." };
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Tell what would be removed; change nothing." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Do not tell what is removed." };
        Command command = new("rm", "Delete tracked files; the next commit is without them.") { paths, recursive, cached, force, dryRun, quiet };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            byte[][] named = [.. parse.GetValue(paths)!.Select(p => PathArguments.Resolve(context, p))];
            RemoveOptions options = new(parse.GetValue(recursive), parse.GetValue(cached), parse.GetValue(force), parse.GetValue(dryRun));
            FileRemover remover = new(context.WorkingCopy);
            RemoveResult result = await remover.RemoveAsync(context.Objects, named, options, cancellationToken);
            ThrowIfRefused(result);
            NotKeptWarnings.Write(remover.NotKept);
            foreach (byte[] path in parse.GetValue(quiet) ? [] : result.Paths)
            {
                PathLines.Write(context.Output, "rm", path);
            }

            return ExitCode.Success;
        });
    }

    private static void ThrowIfRefused(RemoveResult result)
    {
        const string Hint = "--cached keeps the files and only stops tracking them; -f removes them all the same.";
        switch (result.Outcome)
        {
            case RemoveOutcome.NotTracked:
                throw PathLines.Unmatched(result.Paths[0]);
            case RemoveOutcome.IsFolder:
                throw new CommandException(ExitCode.Usage, $"not removing '{Encoding.UTF8.GetString(result.Paths[0])}' recursively without -r.");
            case RemoveOutcome.Modified:
                throw new CommandException(ExitCode.Conflict, $"these files have changes that are not committed, and nothing was removed:{PathLines.List(result.Paths)}", Hint);
            case RemoveOutcome.Added:
                throw new CommandException(ExitCode.Conflict, $"these files are in no commit yet, and nothing was removed:{PathLines.List(result.Paths)}", Hint);
        }
    }
}
