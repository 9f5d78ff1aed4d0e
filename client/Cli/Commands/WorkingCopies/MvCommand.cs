using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output.Operations;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr mv</c>: tracked files and folders get other names.</summary>
public static class MvCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = new("PATH") { Description = "SOURCE… DESTINATION: a new name, or a folder that is there.", Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues) };
        Option<bool> force = new("--force", "-f") { Description = "A file that is there makes way." };
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Tell what would be moved; change nothing." };
        Option<bool> verbose = new("--verbose", "-v") { Description = "Tell what is moved." };
        Command command = new("mv", "Move or rename tracked files and folders; the next commit has them under their new names.") { paths, force, dryRun, verbose };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            string[] given = parse.GetValue(paths)!;
            byte[][] named = [.. given.Select(p => PathArguments.Resolve(context, p))];
            if (Array.Exists(named[..^1], static p => p.Length == 0))
            {
                throw new CommandException(ExitCode.Usage, "the working copy itself can't be moved by mr.");
            }

            bool isFolder = given[^1].EndsWith('/') && !Directory.Exists(Path.Combine(context.Surroundings.WorkingDirectory, given[^1]));
            FileMover mover = new(context.WorkingCopy);
            MoveResult result = isFolder
                ? new MoveResult(MoveOutcome.NoFolder, [(named[0], named[^1])])
                : await mover.MoveAsync(context.Objects, named[..^1], named[^1], parse.GetValue(force), parse.GetValue(dryRun), cancellationToken);
            ThrowIfRefused(result);
            NotKeptWarnings.Write(mover.NotKept);
            if (parse.GetValue(dryRun) || parse.GetValue(verbose))
            {
                foreach ((byte[] from, byte[] to) in result.Moves)
                {
                    context.Output.Line($"Renaming {Encoding.UTF8.GetString(from)} to {Encoding.UTF8.GetString(to)}");
                }
            }

            return ExitCode.Success;
        });
    }

    private static void ThrowIfRefused(MoveResult result)
    {
        if (result.Outcome == MoveOutcome.Done)
        {
            return;
        }

        string move = $"'{Encoding.UTF8.GetString(result.Moves[0].From)}' to '{Encoding.UTF8.GetString(result.Moves[0].To)}'";
        throw result.Outcome switch
        {
            MoveOutcome.NoSource => new CommandException(ExitCode.NotFound, $"can't move {move}: the source is not there."),
            MoveOutcome.NotTracked => new CommandException(ExitCode.NotFound, $"can't move {move}: the source is not tracked.", "Move it with 'mv', or track it with 'mr add' first."),
            MoveOutcome.DestinationExists => new CommandException(ExitCode.Conflict, $"can't move {move}: the destination is there already.", "-f replaces a file."),
            MoveOutcome.IntoItself => new CommandException(ExitCode.Usage, $"can't move {move}: a folder can't go into itself."),
            _ => new CommandException(ExitCode.NotFound, $"can't move {move}: the folder to move to is not there.", "Make it with 'mkdir' first."),
        };
    }
}
