using System.CommandLine;

namespace Monorepo.Cli.Commands.Worktrees;

/// <summary><c>mr worktree</c>: several working copies of one clone.</summary>
public static class WorktreeCommand
{
    public static Command Create(Surroundings surroundings) =>
        new("worktree", "Have several working copies of one clone. Commits, branches, stashes and what was fetched are shared; what is checked out, operations and sparse rules are each one's own.")
        {
            WorktreeAddCommand.Create(surroundings),
            WorktreeListCommand.Create(surroundings),
            WorktreeRemoveCommand.Create(surroundings),
            WorktreeRemoveCommand.CreatePrune(surroundings),
        };
}
