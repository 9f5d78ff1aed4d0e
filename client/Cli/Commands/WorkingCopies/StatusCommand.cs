using System.CommandLine;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Cli.Watching;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Status;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr status</c>: what differs from the checked-out commit, found by looking at every file. <see cref="FastStatus"/> comes before it.</summary>
public static class StatusCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> porcelain = new("--porcelain") { Description = "The format of 'git status --porcelain=v1', for scripts." };
        Option<bool> branch = new("--branch", "-b") { Description = "With --porcelain: begin with the branch, and how many commits it is ahead of and behind the server's." };
        Option<bool> zero = new("-z") { Description = "As --porcelain, entries end with NUL and nothing is quoted." };
        Option<bool> ignored = new("--ignored") { Description = "List ignored files too. Looks at every file." };
        Option<bool> verify = new("--verify") { Description = "Look at every file, and tell where the watcher would have said something else." };
        Option<bool> json = Options.Json("One JSON object: branch, commit, how far ahead and behind, and entries.");
        Command command = new("status", "Show changed and untracked files.") { porcelain, branch, zero, ignored, verify, json };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            bool isVerified = parse.GetValue(verify);
            StatusResult? before = isVerified ? StatusVerification.Ask(context) : null;
            StatusResult status = await ProgressDisplay.RunAsync("Comparing files", progress => context.WorkingCopy.ScanAsync(
                parse.GetValue(ignored), new ProgressAdapter<long>(progress, files => new ProgressReport(0, 0, $"{files:N0}")), cancellationToken));
            WarnOfUnreadable(status);
            StatusFormat format = new(parse.GetValue(porcelain), parse.GetValue(zero), parse.GetValue(branch), parse.GetValue(json));
            StatusPrinter.Write(context.Output, format, CloneHead.Describe(context.Clone), status, context.WorkingCopy.Unfinished.Load(), context.WorkingCopy.Sparse?.Rules);
            if (isVerified && !await StatusVerification.CompareAsync(context, before, status))
            {
                return ExitCode.Negative;
            }

            return status.UnreadableCount == 0 ? ExitCode.Success : ExitCode.Disk;
        });
    }

    internal static void WarnOfUnreadable(StatusResult status)
    {
        foreach (UnreadablePath path in status.Unreadable)
        {
            Console.Error.WriteLine($"warning: {Encoding.UTF8.GetString(path.Path)} can't be read: {path.Errno}");
        }
    }
}
