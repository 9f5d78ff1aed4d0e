using System.Text;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary>What merge, cherry-pick, revert and rebase share: running, going on, and telling how it ended.</summary>
internal static class OperationCommands
{
    public static async Task<OperationResult> BeginAsync(
        CommandContext context, Func<OperationRunner, Task<OperationResult>> begin, CancellationToken cancellationToken)
    {
        await context.FinishCheckoutAsync(cancellationToken);
        Signature committer = Committer(context);
        return await WithProgressAsync(progress => begin(new OperationRunner(context.Clone, context.WorkingCopy, context.Objects, committer, progress)));
    }

    public static async Task<ExitCode> ResumeAsync(
        CommandContext context, OperationKind kind, Resumption resumption, CancellationToken cancellationToken, byte[]? message = null, bool isJson = false)
    {
        await context.FinishCheckoutAsync(cancellationToken);
        Signature committer = Committer(context);
        OperationResult result = await WithProgressAsync(progress =>
        {
            OperationResumption resumed = new(context.Clone, context.WorkingCopy, context.Objects, committer, progress);
            return resumption switch
            {
                Resumption.Continue => resumed.ContinueAsync(kind, message, cancellationToken),
                Resumption.Skip => resumed.SkipAsync(kind, cancellationToken),
                _ => resumed.AbortAsync(kind, cancellationToken),
            };
        });
        if (resumption == Resumption.Abort && result.Outcome == OperationOutcome.Done)
        {
            if (isJson)
            {
                OperationResultJson.Write(context.Output, kind, result, isAborted: true);
                return ExitCode.Success;
            }

            context.Output.Line($"The {UnfinishedOperation.NameOf(kind)} was aborted; {Describe(context, result.Head)}.");
            return ExitCode.Success;
        }

        return Report(context, kind, result, isJson);
    }

    /// <summary>Tells how it ended.</summary>
    /// <exception cref="CommandException">It was refused.</exception>
    public static ExitCode Report(CommandContext context, OperationKind kind, OperationResult result, bool isJson = false)
    {
        string command = UnfinishedOperation.NameOf(kind);
        if (isJson)
        {
            OperationResultJson.Write(context.Output, kind, result, isAborted: false);
            switch (result.Outcome)
            {
                case OperationOutcome.UpToDate or OperationOutcome.FastForwarded or OperationOutcome.Done:
                    return ExitCode.Success;
                case OperationOutcome.Stopped or OperationOutcome.StoppedEmpty:
                    return ExitCode.Negative;
                default:
                    // What was refused is told to people as well.
                    return Tell(context, kind, command, result);
            }
        }

        foreach (string note in result.Notes)
        {
            context.Output.Line(note);
        }

        return Tell(context, kind, command, result);
    }

    private static ExitCode Tell(CommandContext context, OperationKind kind, string command, OperationResult result)
    {
        switch (result.Outcome)
        {
            case OperationOutcome.UpToDate:
                context.Output.Line("Already up to date.");
                return ExitCode.Success;
            case OperationOutcome.FastForwarded:
                context.Output.Line($"Fast-forward: {Describe(context, result.Head)}.");
                return ExitCode.Success;
            case OperationOutcome.Done:
                context.Output.Line($"{Describe(context, result.Head)}{(result.Commits == 0 ? "" : $", {result.Commits:N0} new commit{(result.Commits == 1 ? "" : "s")}")}.");
                return ExitCode.Success;
            case OperationOutcome.Stopped:
                string where = kind == OperationKind.Merge ? "Automatic merge failed" : $"Could not apply {Subject(context, result)}";
                if (result.Conflicts.Count == 0)
                {
                    context.Output.Line($"{where}: somebody must look at what is said above.");
                    context.Output.Line($"  (\"mr {command} --continue\" takes the files as they are then; \"mr {command} --abort\" goes back)");
                    return ExitCode.Negative;
                }

                context.Output.Line($"{where}: {result.Conflicts.Count:N0} conflict{(result.Conflicts.Count == 1 ? "" : "s")}.");
                context.Output.Line($"  (fix them, mark each with \"mr resolve PATH\", then \"mr {command} --continue\"; \"mr {command} --abort\" goes back)");
                return ExitCode.Negative;
            case OperationOutcome.StoppedEmpty:
                context.Output.Line($"{Subject(context, result)} changes nothing here.");
                context.Output.Line($"  (\"mr {command} --skip\" leaves it out, \"mr {command} --abort\" goes back)");
                return ExitCode.Negative;
            case OperationOutcome.Refused:
                CheckoutCommand.ThrowIfRefused(result.Checkout!, "Commit these changes, or move the files away, and run it again.");
                return ExitCode.Conflict;
            case OperationOutcome.NotFastForward:
                throw new CommandException(ExitCode.Conflict, "this is no fast-forward: both sides have commits of their own.", "Without --ff-only a merge is made.");
            case OperationOutcome.Unrelated:
                throw new CommandException(ExitCode.Conflict, "the two histories have no commit in common; they are not merged.");
            case OperationOutcome.ConflictsOpen:
                throw OpenConflicts(command, result);
            case OperationOutcome.NothingUnfinished:
                throw new CommandException(ExitCode.Negative, $"no {command} waits to be finished.", "'mr status' says what does.");
            default:
                throw new CommandException(ExitCode.Conflict, "nothing is checked out yet.", "'mr checkout' writes the working copy first.");
        }
    }

    public static CommandException OpenConflicts(string command, OperationResult result) => new(
        ExitCode.Conflict,
        $"{result.Conflicts.Count:N0} conflict{(result.Conflicts.Count == 1 ? " is" : "s are")} not resolved:{string.Concat(result.Conflicts.Take(10).Select(static c => $"\n  {Encoding.UTF8.GetString(c.Path)}"))}",
        $"Edit the files and run 'mr resolve PATH', or take a side with 'mr resolve --ours|--theirs PATH'; 'mr {command} --abort' goes back.");

    private static string Describe(CommandContext context, HeadState head)
    {
        string name = head.Branch is { } branch ? branch.Short : "HEAD";
        return head.Commit is { } commit
            ? $"{name} is at {context.Clone.History.Abbreviate(commit)} ({CommitBodySubject(context, commit)})"
            : $"{name} has no commit";
    }

    private static string Subject(CommandContext context, OperationResult result) => result.Current is { } commit
        ? $"{context.Clone.History.Abbreviate(commit)} ({CommitBodySubject(context, commit)})"
        : "a commit";

    private static string CommitBodySubject(CommandContext context, Core.ObjectId commit) =>
        Workspace.Picking.CommitBody.SubjectOf(context.ReadCommit(commit).Message.Span);

    private static Signature Committer(CommandContext context) =>
        CommitIdentity.Resolve(context.Surroundings.Identity, context.Clone, null, null, TimeProvider.System).Committer;

    private static Task<OperationResult> WithProgressAsync(Func<IProgress<CheckoutProgress>, Task<OperationResult>> work) =>
        ProgressDisplay.RunAsync("Writing files", progress => work(
            new ProgressAdapter<CheckoutProgress>(progress, static p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files"))));
}
