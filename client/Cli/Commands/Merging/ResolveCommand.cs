using System.CommandLine;
using System.Text;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary><c>mr resolve</c>: says that conflicts are resolved.</summary>
public static class ResolveCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "Files, or folders for all conflicts in them.", Arity = ArgumentArity.OneOrMore };
        Option<bool> ours = new("--ours") { Description = "Take the file of what was checked out (in a rebase: of the branch rebased onto)." };
        Option<bool> theirs = new("--theirs") { Description = "Take the file of what is merged in (in a rebase: of your commit)." };
        Command command = new("resolve", "Mark conflicts as resolved: with the files as they are, or with one side's.") { paths, ours, theirs };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            if (parse.GetValue(ours) && parse.GetValue(theirs))
            {
                throw new CommandException(ExitCode.Usage, "--ours and --theirs can't be combined.");
            }

            ResolvedBy by = parse.GetValue(ours) ? ResolvedBy.Ours : parse.GetValue(theirs) ? ResolvedBy.Theirs : ResolvedBy.WorkingCopy;
            await context.FinishCheckoutAsync(cancellationToken);
            byte[][] named = [.. parse.GetValue(paths)!.Select(p => PathArguments.Resolve(context, p))];
            ResolutionResult result = await new ConflictResolution(context.Clone, context.WorkingCopy, context.Objects).ResolveAsync(named, by, cancellationToken)
                ?? throw new CommandException(ExitCode.Negative, "nothing is unfinished, so there is nothing to resolve.");
            if (result.Unknown is { } unknown)
            {
                throw new CommandException(ExitCode.NotFound, $"'{Encoding.UTF8.GetString(unknown)}' is no conflict.", "'mr status' lists the conflicts.");
            }

            foreach (byte[] marked in result.WithMarkers)
            {
                await Console.Error.WriteLineAsync($"warning: {Encoding.UTF8.GetString(marked)} still has conflict markers.");
            }

            context.Output.Line($"Resolved {result.Resolved.Count:N0} conflict{(result.Resolved.Count == 1 ? "" : "s")}; {(result.OpenCount == 0 ? "none" : $"{result.OpenCount:N0}")} left.");
            return ExitCode.Success;
        });
    }
}
