using System.CommandLine;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary><c>mr rebase</c>: takes the local commits of what is checked out onto another commit.</summary>
public static class RebaseCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string?> upstream = new("UPSTREAM") { Description = "Commits that this has not are moved. Default: the server's branch of the same name.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> onto = new("--onto") { Description = "Where they go. Default: UPSTREAM.", HelpName = "REV" };
        ResumeOptions resume = new(OperationKind.Rebase);
        Command command = new("rebase", "Move your commits onto the tip of another branch. Authors stay; what is there already is dropped.") { upstream, onto };
        resume.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string? named = parse.GetValue(upstream);
            string? place = parse.GetValue(onto);
            Resumption resumption = resume.Choose(parse, hasOthers: named is not null || place is not null);
            return resumption != Resumption.None
                ? await OperationCommands.ResumeAsync(context, OperationKind.Rebase, resumption, cancellationToken, isJson: resume.IsJson(parse))
                : await RunAsync(context, named, place, cancellationToken, resume.IsJson(parse));
        });
    }

    internal static async Task<ExitCode> RunAsync(CommandContext context, string? upstream, string? onto, CancellationToken cancellationToken, bool isJson = false)
    {
        ObjectId from = upstream is null ? FindServers(context.Clone) : await context.ResolveCommitAsync(upstream, cancellationToken);
        ObjectId to = onto is null ? from : await context.ResolveCommitAsync(onto, cancellationToken);
        OperationResult result = await OperationCommands.BeginAsync(context, runner => runner.RebaseAsync(from, to, cancellationToken), cancellationToken);
        return OperationCommands.Report(context, OperationKind.Rebase, result, isJson);
    }

    private static ObjectId FindServers(Clone clone)
    {
        if (clone.Head.Branch is not { } branch)
        {
            throw new CommandException(ExitCode.Usage, "no branch is checked out, so there is no server's branch to rebase onto.", "Name it: 'mr rebase origin/BRANCH'.");
        }

        return clone.Refs.Find(branch)?.PeeledTarget
            ?? throw new CommandException(ExitCode.NotFound, $"the server has no branch '{branch.Short}'.", "Name where to: 'mr rebase origin/BRANCH'.");
    }
}
