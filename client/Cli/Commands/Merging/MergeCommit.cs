using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary><c>mr commit</c> while something is unfinished: it ends a merge, and refuses otherwise.</summary>
internal static class MergeCommit
{
    /// <param name="context">The command's.</param>
    /// <param name="readMessage">Gives the message; null: the merge's own is taken.</param>
    /// <param name="paths">Named by the user.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null: nothing is unfinished.</returns>
    /// <exception cref="CommandException">Conflicts are open, only some paths were named, or it is no merge that waits.</exception>
    public static async Task<ExitCode?> TryAsync(CommandContext context, Func<Task<byte[]>>? readMessage, string[] paths, CancellationToken cancellationToken)
    {
        await context.FinishCheckoutAsync(cancellationToken);
        if (context.WorkingCopy.Unfinished.Load() is not { } operation)
        {
            return null;
        }

        if (operation.Open.Any())
        {
            throw OperationCommands.OpenConflicts(
                operation.Command, new OperationResult(OperationOutcome.ConflictsOpen, operation.Head, [], [.. operation.Open]));
        }

        if (operation.Kind != OperationKind.Merge)
        {
            throw new CommandException(ExitCode.Conflict, $"a {operation.Command} is unfinished.", $"'mr {operation.Command} --continue' makes its commit and goes on.");
        }

        if (paths.Length > 0)
        {
            throw new CommandException(ExitCode.Usage, "a merge is committed as a whole.", "Leave the paths out; new files can be committed after the merge.");
        }

        byte[]? message = readMessage is null ? null : await readMessage();
        return await OperationCommands.ResumeAsync(context, operation.Kind, Resumption.Continue, cancellationToken, message);
    }
}
