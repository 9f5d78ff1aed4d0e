using System.CommandLine;
using Monorepo.Core;
using Monorepo.Workspace.Branches;

namespace Monorepo.Cli.Commands.Refs;

/// <summary><c>mr branch</c>: lists, makes, deletes and renames branches of the clone. Offline.</summary>
public static class BranchCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> names = new("NAME") { Description = "NAME [START]: make a branch at START, or where you are. With -d: those to delete; with -m: [OLD] NEW.", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> delete = new("--delete", "-d") { Description = "Delete branches, unless commits would be lost." };
        Option<bool> forceDelete = new("-D") { Description = "Delete branches whatever is lost." };
        Option<bool> move = new("--move", "-m") { Description = "Rename a branch; without OLD, the one that is checked out." };
        Option<bool> list = new("--list", "-l") { Description = "List; names are patterns then." };
        Option<bool> all = new("--all", "-a") { Description = "List the server's branches, too." };
        Option<bool> remotes = new("--remotes", "-r") { Description = "List the server's branches." };
        Option<bool> verbose = new("--verbose", "-v") { Description = "With each branch's commit, and how it differs from the server's." };
        Option<bool> json = Options.Json("One JSON object a line: name, target, current, local, ahead, behind.");
        Command command = new("branch", "List branches you work on, the one that is checked out marked; or make, delete or rename one. The server's are changed by 'mr push'.")
        {
            names, delete, forceDelete, move, list, all, remotes, verbose, json,
        };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string[] given = parse.GetValue(names) ?? [];
            bool isForced = parse.GetValue(forceDelete);
            if (isForced || parse.GetValue(delete))
            {
                return Delete(context, given, isForced);
            }

            if (parse.GetValue(move))
            {
                await context.FinishCheckoutAsync(cancellationToken);
                return Rename(context, given);
            }

            if (given.Length == 0 || parse.GetValue(list) || parse.GetValue(all) || parse.GetValue(remotes))
            {
                BranchPrinter.Write(context, parse.GetValue(remotes), parse.GetValue(all), parse.GetValue(verbose), parse.GetValue(json), [.. given.Select(p => new RefPattern(p))]);
                return ExitCode.Success;
            }

            if (given.Length > 2)
            {
                throw new CommandException(ExitCode.Usage, "a new branch takes a name, and maybe where it starts.");
            }

            RefName name = RefArguments.ParseBranch(given[0]);
            ObjectId start = await context.ResolveCommitAsync(given.Length == 2 ? given[1] : "HEAD", cancellationToken);
            context.FindCommit(start);
            RefArguments.Checked(context.Clone, new BranchEditor(context.Clone).Create(name, start));
            return ExitCode.Success;
        });
    }

    private static ExitCode Delete(CommandContext context, string[] names, bool force)
    {
        if (names.Length == 0)
        {
            throw new CommandException(ExitCode.Usage, "branch name required.");
        }

        BranchEditor editor = new(context.Clone);
        foreach (string text in names)
        {
            BranchChange gone = RefArguments.Checked(context.Clone, editor.Delete(RefArguments.ParseBranch(text), force));
            string rest = gone.IsOnServer ? "; the server's of that name stays" : "";
            context.Output.Line($"Deleted branch {gone.Name.Short} (was {context.Clone.History.Abbreviate(gone.Target!.Value)}){rest}.");
        }

        return ExitCode.Success;
    }

    private static ExitCode Rename(CommandContext context, string[] names)
    {
        if (names.Length is 0 or > 2)
        {
            throw new CommandException(ExitCode.Usage, "-m takes the new name, or the old one and the new one.");
        }

        RefName from = names.Length == 2
            ? RefArguments.ParseBranch(names[0])
            : context.Clone.Head.Branch ?? throw new CommandException(ExitCode.Usage, "no branch is checked out that could be renamed.", "Name the old one, too: 'mr branch -m OLD NEW'.");
        BranchChange change = new BranchEditor(context.Clone).Rename(from, RefArguments.ParseBranch(names[^1]));
        if (change.Outcome == BranchOutcome.OnServer)
        {
            throw new CommandException(
                ExitCode.Conflict, $"the branch '{from.Short}' is the server's, not one of this clone.", $"'mr push {from.Short}:{names[^1]} :{from.Short}' renames it there.");
        }

        RefArguments.Checked(context.Clone, change);
        return ExitCode.Success;
    }
}
