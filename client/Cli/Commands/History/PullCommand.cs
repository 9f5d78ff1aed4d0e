using System.CommandLine;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr pull</c>: the server's new commits and refs, in one round trip.</summary>
public static class PullCommand
{
    public static Command Create(Surroundings surroundings) =>
        new Command("pull", "Get new commits and refs from the server. The working copy stays as it is; 'mr checkout' moves it.").Does(
            surroundings,
            async (_, context, cancellationToken) =>
            {
                PullResult result = await ProgressDisplay.RunAsync("Receiving commits", progress =>
                    context.Clone.PullAsync(context.Remote, new ProgressAdapter<HistoryProgress>(progress, Describe), cancellationToken));
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
                return ExitCode.Success;
            });

    internal static ProgressReport Describe(HistoryProgress progress) =>
        new(progress.Commits, progress.CommitsTotal, $"{progress.Commits:N0}/{progress.CommitsTotal:N0}, {ProgressDisplay.Bytes(progress.BytesReceived)}");
}
