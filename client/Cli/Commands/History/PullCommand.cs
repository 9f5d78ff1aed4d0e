using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr pull</c>: the server's new commits and refs, in one round trip.</summary>
public static class PullCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> rebase = new("--rebase") { Description = "Then move the branch's local commits onto the server's, and the working copy with them." };
        return new Command("pull", "Get new commits and refs from the server. The working copy and local commits stay as they are; 'mr checkout BRANCH' moves it forward.") { rebase }.Does(
            surroundings,
            async (parse, context, cancellationToken) =>
            {
                await context.FinishCheckoutAsync(cancellationToken);
                context.WorkingCopy.RefuseUnfinished();
                PullResult result = await ProgressDisplay.RunAsync("Receiving commits", progress =>
                    context.Clone.PullAsync(context.Remote, new ProgressAdapter<HistoryProgress>(progress, Describe), cancellationToken));
                await LandedCommits.FollowAsync(context, [], cancellationToken);
                foreach (RefMove move in result.Moves)
                {
                    string what = (move.Old, move.New) switch
                    {
                        (null, { } now) => $"new      {now.Abbreviate(12)}",
                        ({ } old, null) => $"deleted  {old.Abbreviate(12)}",
                        ({ } old, { } now) => $"{old.Abbreviate(12)}..{now.Abbreviate(12)}",
                        _ => "",
                    };
                    context.Output.Line($"{what}  {move.Name.Short}");
                }

                context.Output.Line(result.IsUpToDate ? "Already up to date." : $"{result.NewCommits} new commits.");
                if (parse.GetValue(rebase))
                {
                    return await Merging.RebaseCommand.RunAsync(context, null, null, cancellationToken);
                }

                if (BranchDivergence.Of(context.Clone) is { Behind: > 0 } divergence)
                {
                    context.Output.Line(Advise(divergence));
                }

                return ExitCode.Success;
            });
    }

    private static string Advise(BranchDivergence divergence)
    {
        string branch = divergence.Branch.Short;
        return divergence.Ahead == 0
            ? $"{branch} is {divergence.Behind:N0} behind origin/{branch}: 'mr checkout {branch}' moves the working copy."
            : $"{branch} is {divergence.Ahead:N0} ahead of origin/{branch} and {divergence.Behind:N0} behind: 'mr rebase' puts your commits on top here, 'mr push --rebase' lets the server do it.";
    }

    internal static ProgressReport Describe(HistoryProgress progress) =>
        new(progress.Commits, progress.CommitsTotal, $"{progress.Commits:N0}/{progress.CommitsTotal:N0}, {ProgressDisplay.Bytes(progress.BytesReceived)}");
}
