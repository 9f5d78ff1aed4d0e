using System.CommandLine;
using Monorepo.Cli.Output.Operations;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Operations;

namespace Monorepo.Cli.Commands.Operations;

/// <summary><c>mr op</c>: what commands did to the clone.</summary>
public static class OpCommand
{
    public static Command Create(Surroundings surroundings) => new("op", "Operations: what commands did to HEAD, refs and the working copy. 'mr undo' takes them back.")
    {
        CreateLog(surroundings), CreateShow(surroundings),
    };

    private static Command CreateLog(Surroundings surroundings)
    {
        Option<int?> count = new("-n", "--max-count") { Description = "At most so many.", HelpName = "N" };
        Option<bool> json = Options.Json("One JSON object a line.");
        Command command = new("log", "List operations, the last first: number, when, the command.") { count, json };
        return command.Does(surroundings, (parse, context, _) =>
        {
            OperationLog log = OperationLog.Of(context.Clone.Paths);
            IReadOnlySet<long> undone = log.Undone();
            OperationText text = new(context.Output, context.Abbreviation(0), TimeProvider.System);
            foreach (Operation operation in log.Operations.Reverse().Take(parse.GetValue(count) ?? int.MaxValue))
            {
                if (parse.GetValue(json))
                {
                    OperationJson.Write(context.Output, operation, undone.Contains(operation.Number));
                }
                else
                {
                    text.WriteLine(operation, undone.Contains(operation.Number));
                }
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static Command CreateShow(Surroundings surroundings)
    {
        Argument<long?> number = UndoCommand.Number("The operation's number, as 'mr op log' has it.");
        number.Arity = ArgumentArity.ExactlyOne;
        Option<bool> json = Options.Json("One JSON object.");
        Command command = new("show", "Show what an operation changed.") { number, json };
        return command.Does(surroundings, (parse, context, _) =>
        {
            OperationLog log = OperationLog.Of(context.Clone.Paths);
            Operation operation = log.Find(parse.GetValue(number) ?? 0) ?? throw UndoCommand.NoSuchOperation(parse.GetValue(number));
            bool isUndone = log.Undone().Contains(operation.Number);
            if (parse.GetValue(json))
            {
                OperationJson.Write(context.Output, operation, isUndone);
                return Task.FromResult(ExitCode.Success);
            }

            using LocalStore kept = LocalStore.Open(context.Clone.Paths.Kept);
            new OperationText(context.Output, context.Abbreviation(0), TimeProvider.System).WriteWhole(
                operation, isUndone, operation.Discarded.Count > 0 && operation.Discarded.All(kept.Contains) ? KeptFiles.Read(kept, operation.Discarded) : null);
            return Task.FromResult(ExitCode.Success);
        });
    }
}
