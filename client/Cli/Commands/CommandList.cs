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

/// <summary>Every command of <c>mr</c>, in the order of the help.</summary>
public static class CommandList
{
    public static IEnumerable<Command> Create(Surroundings surroundings) =>
    [
        CloneCommand.Create(surroundings),
        PullCommand.Create(surroundings),
        PushCommand.Create(surroundings),
        CheckoutCommand.Create(surroundings),
        SwitchCommand.Create(surroundings),
        BranchCommand.Create(surroundings),
        TagCommand.Create(surroundings),
        StatusCommand.Create(surroundings),
        AddCommand.Create(surroundings),
        RmCommand.Create(surroundings),
        MvCommand.Create(surroundings),
        CommitCommand.Create(surroundings),
        AmendCommand.Create(surroundings),
        RestoreCommand.Create(surroundings),
        CleanCommand.Create(surroundings),
        MergeCommand.Create(surroundings),
        RebaseCommand.Create(surroundings),
        ApplyCommands.CreatePick(surroundings),
        ApplyCommands.CreateRevert(surroundings),
        ResolveCommand.Create(surroundings),
        StashCommand.Create(surroundings),
        UndoCommand.CreateUndo(surroundings),
        UndoCommand.CreateRedo(surroundings),
        OpCommand.Create(surroundings),
        DiffCommand.Create(surroundings),
        LogCommand.Create(surroundings),
        BlameCommand.Create(surroundings),
        LastModifiedCommand.Create(surroundings),
        ShowCommand.Create(surroundings),
        RefsCommand.Create(surroundings),
        RevParseCommand.Create(surroundings),
        MergeBaseCommand.Create(surroundings),
        DescribeCommand.Create(surroundings),
        CatCommand.Create(surroundings),
        LsTreeCommand.Create(surroundings),
        GrepCommand.Create(surroundings),
        PrefetchCommand.Create(surroundings),
        OfflineCommand.Create(surroundings),
        SparseCommand.Create(surroundings),
        WorktreeCommand.Create(surroundings),
        WatcherCommand.Create(surroundings),
        ConfigCommand.Create(surroundings),
        RemoteCommand.Create(surroundings),
        DuCommand.Create(surroundings),
        GcCommand.Create(surroundings),
        FsckCommand.Create(surroundings),
        DoctorCommand.Create(surroundings),
        HelpCommand.Create(surroundings),
        CompletionCommands.CreateScript(surroundings),
        CompletionCommands.CreateAnswer(surroundings),
    ];
}
