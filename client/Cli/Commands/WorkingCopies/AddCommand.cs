using System.CommandLine;
using System.Text;
using Monorepo.Cli.Commands.Sparse;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr add</c>: new files become part of the next commit.</summary>
public static class AddCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Files, and folders with all that is not ignored in them.", Arity = ArgumentArity.OneOrMore };
        Option<bool> force = new("--force", "-f") { Description = "Ignored files too." };
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Tell what would be added; change nothing." };
        Option<bool> verbose = new("--verbose", "-v") { Description = "Tell what is added." };
        Command command = new("add", "Track new files: the next commit takes them as they are then. Changes of tracked files need no add.") { paths, force, dryRun, verbose };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            byte[][] named = [.. parse.GetValue(paths)!.Select(p => PathArguments.Resolve(context, p))];
            foreach (byte[] path in named)
            {
                OutsideProfile.ThrowIfOutside(context, path);
            }

            AddResult result = await new FileAdder(context.Clone, context.WorkingCopy).AddAsync(
                context.Objects, named, parse.GetValue(force), parse.GetValue(dryRun), cancellationToken);
            ThrowIfRefused(result);
            foreach (byte[] path in parse.GetValue(dryRun) || parse.GetValue(verbose) ? result.Paths : [])
            {
                PathLines.Write(context.Output, "add", path);
            }

            foreach (byte[] path in result.Repositories)
            {
                await Console.Error.WriteLineAsync($"warning: '{Encoding.UTF8.GetString(path)}' is a repository of its own and was left out.");
            }

            return ExitCode.Success;
        });
    }

    private static void ThrowIfRefused(AddResult result)
    {
        switch (result.Outcome)
        {
            case AddOutcome.NothingCheckedOut:
                throw new CommandException(ExitCode.Conflict, "nothing is checked out yet, so there is nothing to add to.", "'mr checkout' writes the working copy first.");
            case AddOutcome.NoSuchPath:
                throw PathLines.Unmatched(result.Paths[0]);
            case AddOutcome.Ignored:
                throw new CommandException(ExitCode.Negative, $"these paths are ignored, and nothing was added:{PathLines.List(result.Paths)}", "-f adds them all the same.");
        }
    }
}
