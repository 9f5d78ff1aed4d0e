using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Pushing;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr push</c>: local commits and refs to the server, all or nothing.</summary>
public static class PushCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> refs = new("REF")
        {
            Description = "What to push: BRANCH, REV:REF, +REV:REF (forced), or :REF (deleted). Default: the branch that is checked out.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<bool> rebase = new("--rebase") { Description = "Where others were first, let the server put your commits on top, if they change other files." };
        Option<bool> noRebase = new("--no-rebase") { Description = "Refuse where others were first, whatever the server does by default." };
        Option<bool> force = new("--force", "-f") { Description = "Move refs also where that drops commits from them." };
        Option<bool> delete = new("--delete", "-d") { Description = "Delete the refs named." };
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Let the server check everything and change nothing." };
        Option<bool> json = Options.Json("One JSON object: what became of each ref.");
        Command command = new("push", "Send local commits and move the server's refs: all of them or none. Running it again after a lost connection is safe.")
        {
            refs, rebase, noRebase, force, delete, dryRun, json,
        };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            if (parse.GetValue(rebase) && (parse.GetValue(noRebase) || parse.GetValue(force)))
            {
                throw new CommandException(ExitCode.Usage, "--rebase can't be combined with --no-rebase or --force.");
            }

            await context.FinishCheckoutAsync(cancellationToken);
            context.WorkingCopy.RefuseUnfinished();
            IReadOnlyList<RefPush> pushes = await PushArguments.ReadAsync(
                context, parse.GetValue(refs) ?? [], parse.GetValue(delete), parse.GetValue(force), cancellationToken);
            if (!parse.GetValue(force))
            {
                // What the server's branch has already, and more.
                pushes = [.. pushes.Where(p => p.IsNeeded && !(p.New is { } commit && p.Name.IsBranch && !p.Force && context.Clone.ServerHas(p.Name, commit)))];
            }

            if (pushes.Count == 0)
            {
                return Report(context, [], parse.GetValue(json));
            }

            PushRebase mode = parse.GetValue(rebase) ? PushRebase.Always : parse.GetValue(noRebase) ? PushRebase.Never : PushRebase.Default;
            IReadOnlyList<RefPushResult> results = await ProgressDisplay.RunAsync("Sending objects", progress => new Pusher(context.Clone, context.Remote).PushAsync(
                pushes,
                mode,
                parse.GetValue(dryRun),
                new ProgressAdapter<PushProgress>(progress, p => new ProgressReport(p.ObjectsSent, p.ObjectsTotal, $"{p.ObjectsSent:N0}/{p.ObjectsTotal:N0}, {ProgressDisplay.Bytes(p.BytesSent)}")),
                cancellationToken));
            ExitCode code = Report(context, results, parse.GetValue(json));
            if (!parse.GetValue(dryRun) && results.Any(r => r.Outcome == PushOutcome.Rebased))
            {
                await TakeRebasedAsync(context, results, cancellationToken);
            }

            return code;
        });
    }

    private static async Task TakeRebasedAsync(CommandContext context, IReadOnlyList<RefPushResult> results, CancellationToken cancellationToken)
    {
        await ProgressDisplay.RunAsync("Receiving commits", progress =>
            context.Clone.PullAsync(context.Remote, new ProgressAdapter<HistoryProgress>(progress, PullCommand.Describe), cancellationToken));
        await LandedCommits.FollowAsync(
            context,
            [.. results.Where(r => r is { Outcome: PushOutcome.Rebased, Target: not null } && r.Push.New is not null)
                .Select(r => new LandedBranch(r.Push.Name, r.Push.New!.Value, r.Target!.Value, [.. r.Rebased.Select(c => c.Old)]))],
            cancellationToken);
    }

    private static ExitCode Report(CommandContext context, IReadOnlyList<RefPushResult> results, bool asJson)
    {
        if (asJson)
        {
            PushReport.WriteJson(context.Output, results);
        }
        else
        {
            Console.Error.WriteLine(results.Count == 0 ? "Everything up-to-date" : PushReport.ForPeople(results, context.Clone.Url.ToString(), context.Abbreviation(0)));
        }

        return results.All(r => r.IsGood) ? ExitCode.Success : ExitCode.Negative;
    }
}
