using System.CommandLine;
using Monorepo.Core;
using Monorepo.Workspace.History;
using Monorepo.Workspace.History.Walking;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Cli.Commands.Merging;

/// <summary><c>mr cherry-pick</c> and <c>mr revert</c>: the changes of commits, or their opposite, on top of what is checked out.</summary>
public static class ApplyCommands
{
    public static Command CreatePick(Surroundings surroundings)
    {
        Option<bool> origin = new("-x") { Description = "Say in the message which commit it was." };
        Command command = new("cherry-pick", "Apply the changes of other commits here, each as a new commit by the same author.");
        return Complete(command, surroundings, OperationKind.CherryPick, origin);
    }

    public static Command CreateRevert(Surroundings surroundings) =>
        Complete(new Command("revert", "Undo the changes of commits, each by a new commit; the newest first."), surroundings, OperationKind.Revert, null);

    private static Command Complete(Command command, Surroundings surroundings, OperationKind kind, Option<bool>? origin)
    {
        Argument<string[]> revisions = new("REV") { Description = "Commits, or ranges A..B.", Arity = ArgumentArity.ZeroOrMore };
        ResumeOptions resume = new(kind);
        command.Arguments.Add(revisions);
        if (origin is not null)
        {
            command.Options.Add(origin);
        }

        resume.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] named = parse.GetValue(revisions) ?? [];
            Resumption resumption = resume.Choose(parse, hasOthers: named.Length > 0);
            if (resumption != Resumption.None)
            {
                return await OperationCommands.ResumeAsync(context, kind, resumption, cancellationToken, isJson: resume.IsJson(parse));
            }

            if (named.Length == 0)
            {
                throw new CommandException(ExitCode.Usage, "which commits?", $"Name one or more: 'mr {command.Name} COMMIT'.");
            }

            IReadOnlyList<ObjectId> commits = await ListAsync(context, named, kind, cancellationToken);
            bool recordsOrigin = origin is not null && parse.GetValue(origin);
            OperationResult result = await OperationCommands.BeginAsync(context, runner => runner.ApplyAsync(kind, commits, recordsOrigin, cancellationToken), cancellationToken);
            return OperationCommands.Report(context, kind, result, resume.IsJson(parse));
        });
    }

    // As git: single commits in the order given; as soon as a range is among them, all as one walk, picked oldest first and reverted newest first.
    private static async Task<IReadOnlyList<ObjectId>> ListAsync(CommandContext context, string[] named, OperationKind kind, CancellationToken cancellationToken)
    {
        CommitLog log = context.Clone.History;
        List<int> tips = [];
        List<int> excluded = [];
        foreach (string text in named)
        {
            RevisionRange range = await context.ResolveRangeAsync(text, cancellationToken);
            if (range.IsSymmetric)
            {
                throw new CommandException(ExitCode.Usage, $"'{text}' is no list of commits to apply.", "Give commits, or ranges with two dots: A..B.");
            }

            ObjectId tip = range.Left is null ? await context.ResolveCommitAsync(text, cancellationToken) : range.Right.Id;
            tips.Add(context.FindCommit(tip).Position);
            if (range.Left is { } left)
            {
                excluded.Add(context.FindCommit(left.Id).Position);
            }
        }

        List<int> chosen = tips;
        if (excluded.Count > 0)
        {
            chosen = [.. LogWalk.Walk(log, new LogQuery(tips, excluded))];
            if (kind == OperationKind.CherryPick)
            {
                chosen.Reverse();
            }
        }

        foreach (int position in chosen)
        {
            if (log.GetParents(position).Count > 1)
            {
                throw new CommandException(
                    ExitCode.Usage,
                    $"{log.Abbreviate(log.IdAt(position))} is a merge: it does not say which of its sides' changes are meant.",
                    "Name the commits of the side.");
            }
        }

        return [.. chosen.Select(log.IdAt)];
    }
}
