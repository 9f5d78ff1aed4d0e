using System.CommandLine;
using Monorepo.Cli.Output.Changes;
using Monorepo.Workspace.Diff;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.WorkingCopies;

/// <summary><c>mr diff</c>: unsaved changes, a revision against the working copy, or two revisions.</summary>
public static class DiffCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> words = new("REV")
        {
            Description = "Nothing: what is not committed. REV: it against the working copy. A B or A..B: two revisions. A...B: B against where it left A. After '--': only these files and folders.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<int> abbreviation = Options.Abbreviation();
        ChangeOptions options = new();
        Command command = new("diff", "Show changes, as a patch that 'git apply' takes or in another form.") { words, abbreviation };
        options.AddTo(command);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            ChangeStyle style = options.Read(parse, context.Settings, ChangeFormats.Patch);
            DiffSides sides = await DiffSides.ReadAsync(context, parse, parse.GetValue(words) ?? [], cancellationToken);
            using ChangePrinter printer = new(context.Output, style, context.Abbreviation(parse.GetValue(abbreviation)), context.Surroundings.Columns);
            if (style.IsEmpty)
            {
                return ExitCode.Success;
            }

            if (sides.Right is { } right)
            {
                await printer.PrintAsync(context.Objects, await TreeDiff.CompareAsync(context.Objects, sides.Left, right, cancellationToken, sides.Paths), cancellationToken);
                return ExitCode.Success;
            }

            await context.FinishCheckoutAsync(cancellationToken);
            using WorkingContents contents = new(context.WorkingCopy.OpenFiles(), context.Objects);
            IReadOnlyList<TreeChange> changes = await WorkingChanges.FindAsync(context.WorkingCopy, contents, sides.Left, sides.Paths, cancellationToken);
            await printer.PrintAsync(contents, changes, cancellationToken);
            return ExitCode.Success;
        });
    }
}
