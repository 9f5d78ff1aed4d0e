using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Shallow;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr pull</c>: the server's new commits and refs, in one round trip.</summary>
public static class PullCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> rebase = new("--rebase") { Description = "Then move the branch's local commits onto the server's, and the working copy with them." };
        Option<int?> depth = HistoryDepth.Option("--depth", "In a shallow clone: only so many of the last commits; older ones that nothing here needs go.");
        Option<int?> deepen = HistoryDepth.Option("--deepen", "In a shallow clone: so many older commits more.");
        Option<bool> unshallow = new("--unshallow") { Description = "In a shallow clone: the whole history, and all branches and tags. An interrupted one goes on when it is run again." };
        Option<bool> json = Options.Json("One JSON object: new commits, refs that moved, and how the branch stands to the server's. With --rebase another one follows, as of 'mr rebase'.");
        return new Command("pull", "Get new commits and refs from the server. The working copy and local commits stay as they are; 'mr checkout BRANCH' moves it forward.") { rebase, depth, deepen, unshallow, json }.Does(
            surroundings,
            async (parse, context, cancellationToken) =>
            {
                await context.FinishCheckoutAsync(cancellationToken);
                context.WorkingCopy.RefuseUnfinished();
                PullResult result = await PullAsync(context, parse.GetValue(depth), parse.GetValue(deepen), parse.GetValue(unshallow), cancellationToken);
                await LandedCommits.FollowAsync(context, [], cancellationToken);
                bool asJson = parse.GetValue(json);
                if (asJson)
                {
                    PullReport.WriteJson(context.Output, result, BranchDivergence.Of(context.Clone));
                }
                else
                {
                    PullReport.Print(context.Output, result);
                }

                if (parse.GetValue(rebase))
                {
                    return await Merging.RebaseCommand.RunAsync(context, null, null, cancellationToken, asJson);
                }

                if (!asJson && BranchDivergence.Of(context.Clone) is { Behind: > 0 } divergence)
                {
                    PullReport.PrintAdvice(context.Output, divergence);
                }

                return ExitCode.Success;
            });
    }

    private static Task<PullResult> PullAsync(CommandContext context, int? depth, int? deepen, bool unshallow, CancellationToken cancellationToken)
    {
        Clone clone = context.Clone;
        string[] given = [.. depth is null ? [] : (string[])["--depth"], .. deepen is null ? [] : (string[])["--deepen"], .. unshallow ? (string[])["--unshallow"] : []];
        if (given.Length > 1)
        {
            throw new CommandException(ExitCode.Usage, $"{given[0]} and {given[1]} can't be combined.");
        }

        if (given.Length == 1 && !clone.History.IsShallow)
        {
            throw new CommandException(ExitCode.Usage, $"{given[0]} is for shallow clones, and this one has the whole history.", "'mr pull' gets what is new.");
        }

        return ProgressDisplay.RunAsync("Receiving commits", async progress =>
        {
            ProgressAdapter<HistoryProgress> adapter = new(progress, Describe);
            return unshallow ? await ShallowClone.UnshallowAsync(clone, context.Remote, adapter, cancellationToken)
                : deepen is { } more ? new PullResult(await ShallowClone.DeepenAsync(clone, context.Remote, more, adapter, cancellationToken), [])
                : depth is { } commits ? await ShallowClone.PullAsync(clone, context.Remote, commits, adapter, cancellationToken)
                : await clone.PullAsync(context.Remote, adapter, cancellationToken);
        });
    }

    internal static ProgressReport Describe(HistoryProgress progress) =>
        new(progress.Commits, progress.CommitsTotal, $"{progress.Commits:N0}/{progress.CommitsTotal:N0}, {ProgressDisplay.Bytes(progress.BytesReceived)}");
}
