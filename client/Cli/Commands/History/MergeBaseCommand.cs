using System.CommandLine;
using Monorepo.Workspace.History;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr merge-base</c>: where histories part, local and offline.</summary>
public static class MergeBaseCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> revisions = new("REV")
        {
            Description = "Two commits or more; of more, the base of the first and a merge of the others.",
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
        };
        Option<bool> all = new("--all", "-a") { Description = "Every best common ancestor, newest first; not only the first." };
        Option<bool> isAncestor = new("--is-ancestor") { Description = "Print nothing; end with 0 where the first is an ancestor of the second or the same, with 1 where it is not." };
        Command command = new("merge-base", "Print the best common ancestor of commits, or end with 1 where there is none.") { revisions, all, isAncestor };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            List<int> positions = [];
            foreach (string text in parse.GetValue(revisions)!)
            {
                positions.Add(context.FindCommit(await context.ResolveCommitAsync(text, cancellationToken)).Position);
            }

            CommitLog log = context.Clone.History;
            if (parse.GetValue(isAncestor))
            {
                return positions.Count != 2 ? throw new CommandException(ExitCode.Usage, "--is-ancestor takes two commits.")
                    : CommitWalk.IsAncestor(log, positions[0], positions[1]) ? ExitCode.Success : ExitCode.Negative;
            }

            IReadOnlyList<CommitNode> bases = CommitWalk.MergeBases(log, positions[0], positions[1..]);
            foreach (CommitNode node in parse.GetValue(all) ? bases : bases.Take(1))
            {
                context.Output.Line(node.Id.ToString());
            }

            return bases.Count > 0 ? ExitCode.Success : ExitCode.Negative;
        });
    }
}
