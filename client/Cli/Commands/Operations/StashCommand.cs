using System.CommandLine;
using System.Globalization;
using System.Text;
using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Cli.Output.Changes;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Trees;

namespace Monorepo.Cli.Commands.Operations;

/// <summary><c>mr stash</c>: edits put aside and brought back.</summary>
public static class StashCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Command command = AddPush(surroundings, new Command("stash", "Put edits aside and bring them back later; without a command: put aside. Stashes stay in this clone and are never pushed."));
        command.Subcommands.Add(AddPush(surroundings, new Command("push", "Put the edits of tracked files aside: the working copy is as it was checked out.")));
        command.Subcommands.Add(CreateList(surroundings));
        command.Subcommands.Add(CreateShow(surroundings));
        command.Subcommands.Add(CreateApply(surroundings, "pop", "Bring a stash's edits back and forget the stash.", drops: true));
        command.Subcommands.Add(CreateApply(surroundings, "apply", "Bring a stash's edits back and keep the stash.", drops: false));
        command.Subcommands.Add(CreateDrop(surroundings));
        command.Subcommands.Add(CreateClear(surroundings));
        return command;
    }

    private static Command AddPush(Surroundings surroundings, Command command)
    {
        Option<string?> message = new("--message", "-m") { Description = "What it is, for 'mr stash list'.", HelpName = "MSG" };
        Option<bool> untracked = new("--include-untracked", "-u") { Description = "Also files that no commit has, unless they are ignored." };
        Argument<string[]> paths = new("PATH") { Description = "Only these files and folders.", Arity = ArgumentArity.ZeroOrMore };
        command.Options.Add(message);
        command.Options.Add(untracked);
        command.Arguments.Add(paths);
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            string[] named = parse.GetValue(paths) ?? [];
            (_, Signature who) = CommitIdentity.Resolve(surroundings.Identity, context.Clone, null, null, TimeProvider.System);
            StashRequest request = new(
                parse.GetValue(message)?.ReplaceLineEndings(" "), who, parse.GetValue(untracked), named.Length == 0 ? null : [.. named.Select(p => PathArguments.Resolve(context, p))]);
            StashResult result = await StasherOf(context).PushAsync(request, cancellationToken);
            switch (result.Outcome)
            {
                case StashOutcome.NothingChanged:
                    context.Output.Line("No local changes to save");
                    return named.Length == 0 ? ExitCode.Success : throw new CommandException(
                        ExitCode.Negative, $"nothing is changed at '{string.Join("', '", named)}'.", "Files that no commit has come along with -u; 'mr stash --help' lists the commands.");
                case StashOutcome.Done:
                    context.Output.Line($"Saved working copy: {result.Stash!.Message}");
                    return ExitCode.Success;
                default:
                    throw Explain(result, "the edits can't be put aside");
            }
        });
    }

    private static Command CreateList(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object a line: index, commit, base, message, time in seconds since 1970.");
        return new Command("list", "List stashes, the latest first.") { json }.Does(surroundings, (parse, context, _) =>
        {
            using LocalStore kept = LocalStore.Open(context.Clone.Paths.Kept);
            foreach ((int index, Stash stash) in StashList.Read(kept).Index())
            {
                if (parse.GetValue(json))
                {
                    WriteJson(context.Output, index, stash);
                }
                else
                {
                    context.Output.Line($"{Name(index)}: {stash.Message}");
                }
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static Command CreateShow(Surroundings surroundings)
    {
        Argument<string> index = Index();
        Option<bool> patch = new("--patch", "-p") { Description = "A patch in place of the table." };
        return new Command("show", "Show what a stash changes in the commit it was made on.") { index, patch }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            using LocalStore kept = LocalStore.Open(context.Clone.Paths.Kept);
            int number = Parse(parse.GetValue(index)!);
            Stash stash = StashList.Read(kept).ElementAtOrDefault(number) ?? throw NoSuchStash(number);
            KeptObjects objects = new(kept, context.Objects);
            IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(objects, stash.BaseTree, stash.Tree, cancellationToken);
            ChangeStyle style = new() { Formats = parse.GetValue(patch) ? ChangeFormats.Patch : ChangeFormats.Stat };
            using ChangePrinter printer = new(context.Output, style, context.Abbreviation(0), surroundings.Columns);
            await printer.PrintAsync(objects, changes, cancellationToken);
            return ExitCode.Success;
        });
    }

    private static Command CreateApply(Surroundings surroundings, string name, string description, bool drops)
    {
        Argument<string> index = Index();
        return new Command(name, description) { index }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            await context.FinishCheckoutAsync(cancellationToken);
            int number = Parse(parse.GetValue(index)!);
            StashResult result = await StasherOf(context).ApplyAsync(number, drops, cancellationToken);
            if (result.Outcome == StashOutcome.NoSuchStash)
            {
                throw NoSuchStash(number);
            }

            if (result.Outcome != StashOutcome.Done)
            {
                throw Explain(result, $"{Name(number)} can't be applied");
            }

            context.Output.Line($"{(drops ? "Popped" : "Applied")} {Name(number)}: {result.Stash!.Message}");
            return ExitCode.Success;
        });
    }

    private static Command CreateDrop(Surroundings surroundings)
    {
        Argument<string> index = Index();
        return new Command("drop", "Forget a stash; 'mr undo' brings it back.") { index }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            int number = Parse(parse.GetValue(index)!);
            IReadOnlyList<Stash> dropped = await StasherOf(context).DropAsync(number, cancellationToken);
            context.Output.Line(dropped is [var gone] ? $"Dropped {Name(number)} ({gone.Commit.Abbreviate(12)})" : throw NoSuchStash(number));
            return ExitCode.Success;
        });
    }

    private static Command CreateClear(Surroundings surroundings) =>
        new Command("clear", "Forget all stashes; 'mr undo' brings them back.").Does(surroundings, async (_, context, cancellationToken) =>
        {
            IReadOnlyList<Stash> dropped = await StasherOf(context).DropAsync(null, cancellationToken);
            context.Output.Line(dropped.Count == 0 ? "There is no stash." : $"Dropped {dropped.Count:N0} stash{(dropped.Count == 1 ? "" : "es")}.");
            return ExitCode.Success;
        });

    private static Stasher StasherOf(CommandContext context) => new(context.Clone, context.WorkingCopy, context.Objects);

    private static Argument<string> Index() => new("N") { Description = "Which: 0 is the latest; stash@{N} is taken, too.", DefaultValueFactory = _ => "0" };

    private static int Parse(string text)
    {
        string number = text.StartsWith("stash@{", StringComparison.Ordinal) && text.EndsWith('}') ? text["stash@{".Length..^1] : text;
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : throw new CommandException(ExitCode.Usage, $"'{text}' names no stash.", "A stash is named by its number: 0, or stash@{0}.");
    }

    private static string Name(int index) => string.Create(CultureInfo.InvariantCulture, $"stash@{{{index}}}");

    private static CommandException NoSuchStash(int index) => new(ExitCode.NotFound, $"there is no {Name(index)}.", "'mr stash list' lists them.");

    private static CommandException Explain(StashResult result, string what) => result.Outcome switch
    {
        StashOutcome.NothingCheckedOut => new(ExitCode.Conflict, $"{what}: nothing is checked out yet.", "'mr checkout' writes the working copy first."),
        StashOutcome.NeedsMerge => new(
            ExitCode.Conflict,
            $"{what}: commits made since conflict with it, and nothing was changed:{string.Concat(result.Paths!.Select(static p => "\n  " + Encoding.UTF8.GetString(p)))}",
            $"Check out the commit it was made on: 'mr checkout {result.Stash!.Base.Abbreviate(12)}'."),
        _ => new(
            ExitCode.Conflict,
            $"{what}: these files have changes that would be lost, and nothing was changed:{UndoCommand.Describe(result.Checkout!)}",
            "Commit them or put them aside first, and run this again."),
    };

    private static void WriteJson(OutputStream output, int index, Stash stash)
    {
        output.JsonObject(json =>
        {
            json.WriteNumber("index", index);
            json.WriteString("commit", stash.Commit.ToString());
            json.WriteString("base", stash.Base.ToString());
            json.WriteString("message", stash.Message);
            json.WriteNumber("time", stash.UnixSeconds);
        });
    }
}
