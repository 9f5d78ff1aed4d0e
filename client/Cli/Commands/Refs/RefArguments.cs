using Monorepo.Core;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Clones;

namespace Monorepo.Cli.Commands.Refs;

/// <summary>Names of branches and tags on the command line, and what is said when they can't be used.</summary>
internal static class RefArguments
{
    /// <exception cref="CommandException">Git would refuse the name, too.</exception>
    public static RefName ParseBranch(string text) => Parse(RefName.Branches, "branch", text);

    /// <inheritdoc cref="ParseBranch"/>
    public static RefName ParseTag(string text) => Parse(RefName.Tags, "tag", text);

    /// <exception cref="CommandException">The change was refused: says why.</exception>
    public static BranchChange Checked(Clone clone, BranchChange change)
    {
        if (change.Outcome == BranchOutcome.Done)
        {
            return change;
        }

        string kind = change.Name.IsTag ? "tag" : "branch";
        string name = change.Name.Short;
        throw change.Outcome switch
        {
            BranchOutcome.Exists when change.IsOnServer => new CommandException(ExitCode.Conflict, $"a branch named '{name}' already exists on the server.", $"'mr switch {name}' checks it out."),
            BranchOutcome.Exists => new CommandException(ExitCode.Conflict, $"a {kind} named '{name}' already exists.", kind == "tag" ? "-f lets it name something else." : $"'mr switch {name}' checks it out."),
            BranchOutcome.Clashes => new CommandException(ExitCode.Conflict, $"'{change.Name}' exists, and no name can be a folder of another.", "Take another name."),
            BranchOutcome.NotFound => new CommandException(ExitCode.NotFound, $"{kind} '{name}' not found."),
            BranchOutcome.OnServer => new CommandException(ExitCode.Conflict, $"the {kind} '{name}' is the server's, not one of this clone.", $"'mr push --delete {change.Name}' deletes it there."),
            BranchOutcome.CheckedOut => new CommandException(ExitCode.Conflict, $"cannot delete branch '{name}': it is checked out.", "Switch to another one first."),
            _ => new CommandException(
                ExitCode.Conflict,
                $"the branch '{name}' is not fully merged: nothing else has its commits.",
                $"If you are sure, run 'mr branch -D {name}'; its last commit is {clone.History.Abbreviate(change.Target!.Value)}."),
        };
    }

    private static RefName Parse(string folder, string kind, string text) => BranchNames.TryParse(folder, text, out RefName name)
        ? name
        : throw new CommandException(ExitCode.Usage, $"'{text}' is not a valid {kind} name.", "'git help check-ref-format' has the rules: no blanks, no '..', none of ~^:?*[\\, no '/' at an end.");
}
