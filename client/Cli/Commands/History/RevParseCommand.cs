using System.CommandLine;
using Monorepo.Core;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli.Commands.History;

/// <summary><c>mr rev-parse</c>: the ids of names, for scripts.</summary>
public static class RevParseCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> revisions = new("REV") { Description = "Revisions and ranges; of A..B first B's id, then ^ and A's.", Arity = ArgumentArity.OneOrMore };
        Option<bool> isShort = new("--short") { Description = "Abbreviated ids." };
        Option<int> abbreviation = Options.Abbreviation();
        Command command = new("rev-parse", "Print the ids that revisions name.") { revisions, isShort, abbreviation };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            Func<ObjectId, string> write = parse.GetValue(isShort) ? context.Abbreviation(parse.GetValue(abbreviation)) : static id => id.ToString();
            foreach (string text in parse.GetValue(revisions)!)
            {
                RevisionRange range = await context.ResolveRangeAsync(text, cancellationToken);
                if (range.IsSymmetric)
                {
                    throw new CommandException(ExitCode.Usage, $"'{text}' names no ids by itself.", "'mr merge-base A B' finds where A...B starts.");
                }

                context.Output.Line(write(range.Right.Id));
                if (range.Left is { } left)
                {
                    context.Output.Line($"^{write(left.Id)}");
                }
            }

            return ExitCode.Success;
        });
    }
}
