using System.Globalization;
using System.Text;
using Monorepo.Cli.Commands.Sparse;
using Monorepo.Cli.Editing;
using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Status;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary>What a commit was asked for.</summary>
/// <param name="Message">As given, clean; null: none was given.</param>
/// <param name="Author"><c>--author</c>.</param>
/// <param name="Date"><c>--date</c>.</param>
/// <param name="Paths">From the top; null: none were named.</param>
/// <param name="AllowEmpty">Also where nothing changed.</param>
/// <param name="Amend">In the place of the last commit.</param>
/// <param name="NoEdit">Take that one's message as it is.</param>
internal sealed record CommitArguments(byte[]? Message, string? Author, string? Date, IReadOnlyList<byte[]>? Paths, bool AllowEmpty, bool Amend, bool NoEdit);

/// <summary>What <c>mr commit</c> and <c>mr amend</c> share: the message, the commit, what is said of it.</summary>
internal static class CommitRun
{
    public static async Task<ExitCode> RunAsync(CommandContext context, CommitArguments arguments, CancellationToken cancellationToken)
    {
        await context.FinishCheckoutAsync(cancellationToken);
        if (arguments.Amend && Amending.Refuse(context.Clone) is { } refused)
        {
            throw Explain(context, new CommitResult(refused, context.Clone.Head));
        }

        byte[] old = arguments.Amend ? ReadOldMessage(context) : [];
        byte[]? message = arguments.Message ?? (arguments.NoEdit ? CommitMessage.Clean(old) : null);
        (Signature? author, Signature committer) = ResolveIdentity(context, arguments);
        if (message is null)
        {
            StatusResult status = await context.WorkingCopy.FindStatusAsync(cancellationToken);
            if (arguments is { Amend: false, AllowEmpty: false, Paths: null } && context.Clone.Head.Commit is not null && !CommitTemplate.HasChanges(status))
            {
                return ReportNothing(context, status.Entries.Any(e => e.Code == StatusCode.Untracked));
            }

            byte[] template = CommitTemplate.Create(old, CloneHead.Describe(context.Clone), status, arguments.Paths, arguments.Amend);
            message = await MessageEditor.EditAsync(context, MessageEditor.CommitDraft, template, cancellationToken);
        }

        CommitRequest request = new(MessageOptions.Check(message, "commit"), author, committer, arguments.Paths, arguments.AllowEmpty) { Amend = arguments.Amend };
        CommitResult result = await ProgressDisplay.RunAsync("Comparing files", progress => context.WorkingCopy.CommitAsync(
            context.Objects, request, new ProgressAdapter<long>(progress, files => new ProgressReport(0, 0, $"{files:N0}")), cancellationToken));
        if (result.OutsideCount > 0)
        {
            await Console.Error.WriteLineAsync($"note: {result.OutsideCount:N0} new file{(result.OutsideCount == 1 ? " was" : "s were")} left out, outside the sparse profile.");
        }

        if (result.Outcome == CommitOutcome.Done)
        {
            Report(context, result, message);
            await SparseFollowing.AfterCommitAsync(context, cancellationToken);
            return ExitCode.Success;
        }

        return result.Outcome switch
        {
            CommitOutcome.NothingChanged => ReportNothing(context, result.HasUntracked),
            _ => throw Explain(context, result),
        };
    }

    // Of an amended commit the author and their time stay, each unless another is given.
    private static (Signature? Author, Signature Committer) ResolveIdentity(CommandContext context, CommitArguments arguments)
    {
        IdentityVariables variables = context.Surroundings.Identity;
        if (!arguments.Amend)
        {
            return CommitIdentity.Resolve(variables, context.Clone, arguments.Author, arguments.Date, TimeProvider.System);
        }

        if (arguments is { Author: null, Date: null })
        {
            return (null, CommitIdentity.ResolveCommitter(variables, context.Clone, TimeProvider.System));
        }

        Identity old = context.ReadCommit(context.Clone.Head.Commit!.Value).Author;
        int zone = Math.Abs(old.ZoneMinutes);
        return CommitIdentity.Resolve(
            variables,
            context.Clone,
            arguments.Author ?? $"{Encoding.UTF8.GetString(old.Name.Span)} <{Encoding.UTF8.GetString(old.Email.Span)}>",
            arguments.Date ?? string.Create(CultureInfo.InvariantCulture, $"@{old.UnixSeconds} {(old.ZoneMinutes < 0 ? '-' : '+')}{zone / 60:00}{zone % 60:00}"),
            TimeProvider.System);
    }

    private static byte[] ReadOldMessage(CommandContext context)
    {
        Commit commit = context.ReadCommit(context.Clone.Head.Commit!.Value);
        return CommitText.Decode(CommitText.Terminated(commit.Message.Span), commit.Encoding.Span).ToArray();
    }

    private static ExitCode ReportNothing(CommandContext context, bool hasUntracked)
    {
        context.Output.Line(hasUntracked
            ? "nothing to commit, but untracked files are there ('mr add PATH' makes them part of the next commit)"
            : "nothing to commit, working copy clean");
        return ExitCode.Negative;
    }

    private static void Report(CommandContext context, CommitResult result, byte[] message)
    {
        string where = result.Head.Branch is { } branch ? branch.Short : "detached HEAD";
        context.Output.Text($"[{where}{(result.IsRoot ? " (root-commit)" : "")} {context.Clone.History.Abbreviate(result.Id)}] ");
        CommitText.WriteSubject(message, context.Output);
        context.Output.Line($"\n {result.FilesChanged:N0} file{(result.FilesChanged == 1 ? "" : "s")} changed");
    }

    private static CommandException Explain(CommandContext context, CommitResult result) => result.Outcome switch
    {
        CommitOutcome.NothingCheckedOut => new(ExitCode.Conflict, "nothing is checked out yet, so there is nothing to commit.", "'mr checkout' writes the working copy first."),
        CommitOutcome.OutsideProfile => OutsideProfile.Explain(result.Path!),
        CommitOutcome.NothingToAmend => new(ExitCode.NotFound, "there is no commit to amend.", "'mr commit' makes the first one."),
        CommitOutcome.ServerHasIt => new(
            ExitCode.Conflict,
            $"{context.Clone.History.Abbreviate(result.Id)} is on the server: others may build on it, so it can't be amended.",
            "Commit the correction on top of it with 'mr commit'."),
        CommitOutcome.WouldBeEmpty => new(ExitCode.Negative, "the amended commit would change nothing.", "--allow-empty amends it all the same."),
        _ => OutsideProfile.TryExplain(context, result.Path!) ?? new(ExitCode.NotFound, $"'{Encoding.UTF8.GetString(result.Path!)}' is not tracked, and no file that could be added is there.", "Ignored files are added with 'mr add -f PATH'."),
    };
}
