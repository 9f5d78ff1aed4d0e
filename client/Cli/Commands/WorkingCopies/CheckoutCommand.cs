using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Operations;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr checkout</c>: moves the working copy to a revision.</summary>
public static class CheckoutCommand
{
    private const int ConflictsShownMax = 10;

    public static Command Create(Surroundings surroundings)
    {
        Argument<string> revision = new("REV") { Description = "A branch, a tag or a commit.", DefaultValueFactory = _ => "HEAD" };
        Option<bool> force = new("--force", "-f") { Description = "Overwrite changes that are not committed." };
        Option<bool> exact = new("--exact") { Description = "Make the working copy what the revision has, whatever was done to it: overwrite changes and remove untracked files. For machines." };
        Option<bool> ignored = new("--ignored") { Description = "With --exact: remove ignored files, too. Looks at every file." };
        Option<bool> json = Options.Json("One JSON object of what was done.");
        Command command = new("checkout", "Move the working copy to a revision. Touches only what differs, and refuses to lose changes.") { revision, force, exact, ignored, json };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(exact) && result.GetValue(ignored))
            {
                result.AddError("--ignored goes with --exact.");
            }
        });
        return command.Does(surroundings, (parse, context, cancellationToken) => parse.GetValue(exact)
            ? ExactCheckout.RunAsync(context, parse.GetValue(revision)!, parse.GetValue(ignored), parse.GetValue(json), cancellationToken)
            : RunAsync(context, parse.GetValue(revision)!, parse.GetValue(force), parse.GetValue(json), cancellationToken));
    }

    private static async Task<ExitCode> RunAsync(CommandContext context, string revision, bool force, bool asJson, CancellationToken cancellationToken)
    {
        (HeadState head, CheckoutResult result) = await RunAsync(context, revision, force, cancellationToken);
        if (asJson)
        {
            context.Output.JsonObject(json => CheckoutJson.WriteMembers(json, head, result));
        }

        return ExitCode.Success;
    }

    /// <summary>Moves the working copy, and tells people what was done.</summary>
    internal static async Task<(HeadState Head, CheckoutResult Result)> RunAsync(CommandContext context, string revision, bool force, CancellationToken cancellationToken)
    {
        HeadState head = await ResolveAsync(context, revision, cancellationToken);
        CheckoutResult result = await MoveAsync(context, head, force, cancellationToken);
        string where = head.Branch is { } branch ? $"branch {branch.Short}" : "detached";
        await Console.Error.WriteLineAsync(
            $"Checked out {context.Clone.History.Abbreviate(head.Commit!.Value)} ({where}): {result.FilesWritten:N0} files written ({ProgressDisplay.Bytes(result.BytesWritten)}), {result.FilesRemoved:N0} removed.");
        return (head, result);
    }

    /// <summary>Moves the working copy, with progress.</summary>
    /// <exception cref="CommandException">It was refused: says by which paths.</exception>
    internal static async Task<CheckoutResult> MoveAsync(CommandContext context, HeadState head, bool force, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        CheckoutResult result = await ProgressDisplay.RunAsync("Writing files", progress => context.WorkingCopy.CheckoutAsync(
            context.Objects,
            context.ReadCommit(head.Commit!.Value).Tree,
            head,
            force,
            new ProgressAdapter<CheckoutProgress>(progress, p => new ProgressReport(
                p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files, {ProgressDisplay.Bytes(p.BytesWritten)}, {ProgressDisplay.Rate(p.BytesWritten, Stopwatch.GetElapsedTime(start))}")),
            cancellationToken));
        ThrowIfRefused(result);
        NotKeptWarnings.Write(result.NotKept);
        return result;
    }

    /// <exception cref="CommandException">The checkout was refused: says by which paths.</exception>
    internal static void ThrowIfRefused(CheckoutResult result, string hint = "Move these files away, put them aside with 'mr stash -u', or give --force to overwrite them ('mr undo' brings them back).")
    {
        if (result.IsDone)
        {
            return;
        }

        StringBuilder message = new("the checkout was refused and nothing was changed:");
        foreach (CheckoutConflict conflict in result.Conflicts.Take(ConflictsShownMax))
        {
            string why = conflict.Reason switch
            {
                CheckoutConflictReason.Modified => "has changes that are not committed",
                CheckoutConflictReason.Untracked => "is not tracked and would be overwritten",
                _ => "is a path that must not be written",
            };
            message.Append($"\n  {Encoding.UTF8.GetString(conflict.Path)} {why}");
        }

        if (result.Conflicts.Count > ConflictsShownMax)
        {
            message.Append($"\n  and {result.Conflicts.Count - ConflictsShownMax:N0} more");
        }

        bool isUnsafe = result.Conflicts.Any(c => c.Reason == CheckoutConflictReason.UnsafePath);
        throw new CommandException(
            ExitCode.Conflict,
            message.ToString(),
            isUnsafe ? "The revision itself is not safe to check out; look at it with 'mr ls-tree'." : hint);
    }

    internal static async Task<HeadState> ResolveAsync(CommandContext context, string revision, CancellationToken cancellationToken)
    {
        // Where HEAD stays, so does the branch it is on; before the first checkout it is the default branch's tip.
        if (revision is "HEAD" && context.Clone.Head is { } head && (head.Commit is not null || head.Branch is not null))
        {
            return head.Commit is not null ? head : await ResolveAsync(context, head.Branch!.Value.Value, cancellationToken);
        }

        await ShallowRevisions.EnsureAsync(context, revision, cancellationToken);
        RevisionResult named = await context.ResolveAsync(revision, cancellationToken);
        ObjectId commit = await context.ResolveCommitAsync(revision, cancellationToken);
        return new HeadState(named.Ref is { IsBranch: true } branch ? branch : null, commit);
    }
}
