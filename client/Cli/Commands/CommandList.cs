using System.CommandLine;
using Monorepo.Cli.Commands.Contents;
using Monorepo.Cli.Commands.History;
using Monorepo.Cli.Commands.Merging;
using Monorepo.Cli.Commands.Offline;
using Monorepo.Cli.Commands.Operations;
using Monorepo.Cli.Commands.Refs;
using Monorepo.Cli.Commands.Setup;
using Monorepo.Cli.Commands.Sparse;
using Monorepo.Cli.Commands.Upkeep;
using Monorepo.Cli.Commands.Watching;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Commands.Worktrees;

namespace Monorepo.Cli.Commands;

/// <summary>Every command of <c>mr</c>, in the order of the help. Each is made when it is asked for: a start needs one, and not all.</summary>
public static class CommandList
{
    private static readonly (string Name, Func<Surroundings, Command> Create)[] s_commands =
    [
        ("clone", CloneCommand.Create),
        ("pull", PullCommand.Create),
        ("push", PushCommand.Create),
        ("checkout", CheckoutCommand.Create),
        ("switch", SwitchCommand.Create),
        ("branch", BranchCommand.Create),
        ("tag", TagCommand.Create),
        ("status", StatusCommand.Create),
        ("add", AddCommand.Create),
        ("rm", RmCommand.Create),
        ("mv", MvCommand.Create),
        ("commit", CommitCommand.Create),
        ("amend", AmendCommand.Create),
        ("restore", RestoreCommand.Create),
        ("clean", CleanCommand.Create),
        ("merge", MergeCommand.Create),
        ("rebase", RebaseCommand.Create),
        ("cherry-pick", ApplyCommands.CreatePick),
        ("revert", ApplyCommands.CreateRevert),
        ("resolve", ResolveCommand.Create),
        ("stash", StashCommand.Create),
        ("undo", UndoCommand.CreateUndo),
        ("redo", UndoCommand.CreateRedo),
        ("op", OpCommand.Create),
        ("diff", DiffCommand.Create),
        ("log", LogCommand.Create),
        ("blame", BlameCommand.Create),
        ("last-modified", LastModifiedCommand.Create),
        ("show", ShowCommand.Create),
        ("refs", RefsCommand.Create),
        ("rev-parse", RevParseCommand.Create),
        ("merge-base", MergeBaseCommand.Create),
        ("describe", DescribeCommand.Create),
        ("cat", CatCommand.Create),
        ("ls-tree", LsTreeCommand.Create),
        ("grep", GrepCommand.Create),
        ("prefetch", PrefetchCommand.Create),
        ("offline", OfflineCommand.Create),
        ("sparse", SparseCommand.Create),
        ("worktree", WorktreeCommand.Create),
        ("watcher", WatcherCommand.Create),
        ("config", ConfigCommand.Create),
        ("remote", RemoteCommand.Create),
        ("du", DuCommand.Create),
        ("gc", GcCommand.Create),
        ("fsck", FsckCommand.Create),
        ("doctor", DoctorCommand.Create),
        ("help", HelpCommand.Create),
        ("completion", CompletionCommands.CreateScript),
        ("__complete", CompletionCommands.CreateAnswer),
    ];

    public static IEnumerable<Command> Create(Surroundings surroundings) => s_commands.Select(c => c.Create(surroundings));

    /// <summary>The command of that name; null where there is none.</summary>
    public static Command? Create(string name, Surroundings surroundings) => Array.Find(s_commands, c => c.Name == name).Create?.Invoke(surroundings);

    public static bool Contains(string name) => Array.Exists(s_commands, c => c.Name == name);
}
