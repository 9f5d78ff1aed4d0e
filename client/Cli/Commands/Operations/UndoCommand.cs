using System.CommandLine;
using System.Globalization;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Operations;

namespace Monorepo.Cli.Commands.Operations;

/// <summary><c>mr undo</c> and <c>mr redo</c>: operations taken back, and taken up again.</summary>
public static class UndoCommand
{
    private const int ConflictsShownMax = 10;

    public static Command CreateUndo(Surroundings surroundings)
    {
        Argument<long?> number = Number("The operation's number, as 'mr op log' has it. Default: the last one that is not undone.");
        number.Arity = ArgumentArity.ZeroOrOne;
        Command command = new("undo", "Take an operation back: HEAD, refs and files become what they were before. A commit's changes become uncommitted again.") { number };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            return await RunAsync(context, "Undid", parse.GetValue(number), (undo, progress) => undo.UndoAsync(parse.GetValue(number), progress, cancellationToken));
        });
    }

    public static Command CreateRedo(Surroundings surroundings)
    {
        Command command = new("redo", "Take the last undo back, unless another operation came after it.");
        return command.Does(surroundings, async (_, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            return await RunAsync(context, "Redid", null, (undo, progress) => undo.RedoAsync(progress, cancellationToken));
        });
    }

    /// <summary>An operation's number on the command line.</summary>
    internal static Argument<long?> Number(string description) => new("N")
    {
        Description = description,
        CustomParser = static result =>
        {
            if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                return number;
            }

            result.AddError($"'{result.Tokens[0].Value}' is no operation's number.");
            return null;
        },
    };

    internal static CommandException NoSuchOperation(long? number) =>
        new(ExitCode.NotFound, string.Create(CultureInfo.InvariantCulture, $"there is no operation {number}."), "'mr op log' lists them; the oldest are forgotten.");

    /// <summary>The files that stand in the way, as lines of a message.</summary>
    internal static string Describe(CheckoutResult refused)
    {
        StringBuilder text = new();
        foreach (CheckoutConflict conflict in refused.Conflicts.Take(ConflictsShownMax))
        {
            text.Append("\n  ").Append(Encoding.UTF8.GetString(conflict.Path));
        }

        if (refused.Conflicts.Count > ConflictsShownMax)
        {
            text.Append($"\n  and {refused.Conflicts.Count - ConflictsShownMax:N0} more");
        }

        return text.ToString();
    }

    private static async Task<ExitCode> RunAsync(
        CommandContext context, string did, long? number, Func<OperationUndo, IProgress<CheckoutProgress>, Task<UndoResult>> run)
    {
        OperationUndo undo = new(context.Clone, context.WorkingCopy, context.Objects);
        UndoResult result = await ProgressDisplay.RunAsync("Writing files", progress => run(undo, new ProgressAdapter<CheckoutProgress>(
            progress, p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files"))));
        if (result.Outcome != UndoOutcome.Done)
        {
            throw Explain(result, number, isUndo: did == "Undid");
        }

        Operation operation = result.Operation!;
        Clone clone = context.Clone;
        string head = clone.Head.Commit is { } commit ? $"{clone.Head.Branch?.Short ?? "detached HEAD"} is at {clone.History.Abbreviate(commit)}" : "nothing is checked out";
        context.Output.Line(string.Create(CultureInfo.InvariantCulture, $"{did} operation {operation.Number}, '{operation.Command}': {head}."));
        if (did == "Undid" && operation.Has(OperationTraits.LosesContent))
        {
            await Console.Error.WriteLineAsync("warning: it overwrote files that were too large to be kept; those stay as they are.");
        }

        return ExitCode.Success;
    }

    private static CommandException Explain(UndoResult result, long? number, bool isUndo)
    {
        string what = isUndo ? "undone" : "redone";
        string operation = result.Operation is { } o ? string.Create(CultureInfo.InvariantCulture, $"operation {o.Number}, '{o.Command}',") : "";
        return result.Outcome switch
        {
            UndoOutcome.Nothing => new(ExitCode.Negative, $"there is nothing that could be {what}.", isUndo ? null : "'mr redo' takes back an 'mr undo', as long as no other operation came after it."),
            UndoOutcome.NoSuchOperation => NoSuchOperation(number),
            UndoOutcome.AlreadyUndone => result.Operation!.Relation == OperationRelation.None
                ? new(ExitCode.Negative, $"{operation} is undone already.")
                : new(ExitCode.Negative, $"{operation} is itself an undo or redo.", "'mr redo' takes back an undo, 'mr undo' without a number a redo."),
            UndoOutcome.Published => new(ExitCode.Negative, $"{operation} can't be {what}: the server has accepted it, and others may have it.", "Make and push a commit that takes the change back instead."),
            UndoOutcome.Elsewhere => new(ExitCode.Conflict, $"{operation} can't be {what} here: another working copy of the clone did it, or has one of its branches checked out.", "'mr worktree list' shows the others; undo it there."),
            UndoOutcome.ChangedSince => new(
                ExitCode.Conflict,
                $"{operation} can't be {what}: what it changed was changed again since{(result.By is { } by ? string.Create(CultureInfo.InvariantCulture, $" by operation {by.Number}, '{by.Command}'") : "")}.",
                isUndo ? "'mr undo' without a number takes operations back one by one, the last first." : null),
            UndoOutcome.FirstCheckout => new(ExitCode.Negative, $"{operation} can't be {what}: before it nothing was checked out.", "'mr checkout REV' moves the working copy elsewhere."),
            UndoOutcome.CommitGone => new(ExitCode.NotFound, $"{operation} can't be {what}: {result.Missing}, which it would go back to, is not here any more.", "The server may have it under another id, or its time was over."),
            _ => new(
                ExitCode.Conflict,
                $"{operation} can't be {what}: these files have changes that would be lost, and nothing was changed:{Describe(result.Checkout!)}",
                "Commit them, or put them aside with 'mr stash', and run this again."),
        };
    }
}
