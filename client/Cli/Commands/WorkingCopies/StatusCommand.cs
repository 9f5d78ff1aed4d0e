using System.CommandLine;
using System.Text;
using System.Text.Json;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Status;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr status</c>: what differs from the checked-out commit.</summary>
public static class StatusCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> porcelain = new("--porcelain") { Description = "The format of 'git status --porcelain=v1', for scripts." };
        Option<bool> branch = new("--branch", "-b") { Description = "With --porcelain: begin with the branch, and how many commits it is ahead of and behind the server's." };
        Option<bool> zero = new("-z") { Description = "As --porcelain, entries end with NUL and nothing is quoted." };
        Option<bool> ignored = new("--ignored") { Description = "List ignored files too." };
        Option<bool> json = Options.Json("One JSON object: branch, commit, how far ahead and behind, and entries.");
        Command command = new("status", "Show changed and untracked files.") { porcelain, branch, zero, ignored, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            StatusResult status = await ProgressDisplay.RunAsync("Comparing files", progress => context.WorkingCopy.ScanAsync(
                parse.GetValue(ignored), new ProgressAdapter<long>(progress, files => new ProgressReport(0, 0, $"{files:N0}")), cancellationToken));
            foreach (UnreadablePath path in status.Unreadable)
            {
                await Console.Error.WriteLineAsync($"warning: {Encoding.UTF8.GetString(path.Path)} can't be read: {path.Errno}");
            }

            if (parse.GetValue(branch) && !parse.GetValue(json) && (parse.GetValue(porcelain) || parse.GetValue(zero)))
            {
                context.Output.Text($"## {BranchLine(context.Clone)}{(parse.GetValue(zero) ? '\0' : '\n')}");
            }

            if (parse.GetValue(json))
            {
                WriteJson(context, status);
            }
            else if (parse.GetValue(zero))
            {
                PorcelainFormatter.Write(status.Entries, context.Output, nulTerminated: true);
            }
            else if (parse.GetValue(porcelain))
            {
                PorcelainFormatter.Write(status.Entries, context.Output, nulTerminated: false);
            }
            else
            {
                WriteForPeople(context, status);
            }

            return status.UnreadableCount == 0 ? ExitCode.Success : ExitCode.Disk;
        });
    }

    private static void WriteForPeople(CommandContext context, StatusResult status)
    {
        OutputStream output = context.Output;
        output.Line(Where(context));
        if (BranchDivergence.Of(context.Clone) is { } divergence)
        {
            WriteDivergence(output, divergence);
        }

        Section(output, "Changes:", status, e => e.Code is not (StatusCode.Untracked or StatusCode.Ignored), withCode: true);
        Section(output, "Untracked files:", status, e => e.Code == StatusCode.Untracked, withCode: false);
        Section(output, "Ignored files:", status, e => e.Code == StatusCode.Ignored, withCode: false);
        if (status.IsClean)
        {
            output.Line("Nothing changed, working copy clean.");
        }
    }

    private static string Where(CommandContext context) => context.Clone.Head switch
    {
        { Branch: { } branch } => $"On branch {branch.Short}",
        { Commit: { } commit } => $"HEAD detached at {context.Clone.History.Abbreviate(commit)}",
        _ => "Nothing is checked out.",
    };

    // As the first line of git status --porcelain --branch.
    private static string BranchLine(Clone clone)
    {
        if (clone.Head.Branch is not { } branch)
        {
            return "HEAD (no branch)";
        }

        if (clone.Head.Commit is null && clone.Refs.Find(branch) is null)
        {
            return $"No commits yet on {branch.Short}";
        }

        return BranchDivergence.Of(clone) switch
        {
            null => branch.Short,
            { Ahead: 0, Behind: 0 } => $"{branch.Short}...origin/{branch.Short}",
            { Behind: 0 } d => $"{branch.Short}...origin/{branch.Short} [ahead {d.Ahead}]",
            { Ahead: 0 } d => $"{branch.Short}...origin/{branch.Short} [behind {d.Behind}]",
            { } d => $"{branch.Short}...origin/{branch.Short} [ahead {d.Ahead}, behind {d.Behind}]",
        };
    }

    private static void WriteDivergence(OutputStream output, BranchDivergence divergence)
    {
        string server = $"'origin/{divergence.Branch.Short}'";
        switch (divergence)
        {
            case { Ahead: 0, Behind: 0 }:
                output.Line($"Your branch is up to date with {server}.");
                break;
            case { Behind: 0 }:
                output.Line($"Your branch is ahead of {server} by {Commits(divergence.Ahead)}.");
                output.Line("  (use \"mr push\" to publish your local commits)");
                break;
            case { Ahead: 0 }:
                output.Line($"Your branch is behind {server} by {Commits(divergence.Behind)}, and can be fast-forwarded.");
                output.Line($"  (use \"mr checkout {divergence.Branch.Short}\" to update your working copy)");
                break;
            default:
                output.Line($"Your branch and {server} have diverged,");
                output.Line($"and have {divergence.Ahead} and {divergence.Behind} different commits each, respectively.");
                output.Line("  (use \"mr push --rebase\" to let the server put yours on top)");
                break;
        }
    }

    private static string Commits(int count) => count == 1 ? "1 commit" : $"{count} commits";

    private static void Section(OutputStream output, string title, StatusResult status, Func<StatusEntry, bool> belongs, bool withCode)
    {
        bool any = false;
        foreach (StatusEntry entry in status.Entries.Where(belongs))
        {
            if (!any)
            {
                output.Line("");
                output.Line(title);
                any = true;
            }

            output.Text(withCode ? $"  {Word(entry.Code),-12}" : "  ");
            PathQuoting.Write(output, default, entry.Path);
            output.Text("\n");
        }
    }

    private static string Word(StatusCode code) => code switch
    {
        StatusCode.Modified => "modified",
        StatusCode.Deleted => "deleted",
        StatusCode.TypeChanged => "typechange",
        StatusCode.Untracked => "untracked",
        _ => "ignored",
    };

    private static void WriteJson(CommandContext context, StatusResult status)
    {
        using (Utf8JsonWriter json = new(context.Output, Options.JsonWriter))
        {
            json.WriteStartObject();
            json.WriteString("branch", context.Clone.Head.Branch?.Short);
            json.WriteString("commit", context.Clone.Head.Commit?.ToString());
            if (BranchDivergence.Of(context.Clone) is { } divergence)
            {
                json.WriteNumber("ahead", divergence.Ahead);
                json.WriteNumber("behind", divergence.Behind);
            }

            json.WriteBoolean("clean", status.IsClean);
            json.WriteStartArray("entries");
            foreach (StatusEntry entry in status.Entries)
            {
                json.WriteStartObject();
                json.WriteString("status", Word(entry.Code));
                json.WriteString("path", Encoding.UTF8.GetString(entry.Path));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        context.Output.Text("\n");
    }
}
