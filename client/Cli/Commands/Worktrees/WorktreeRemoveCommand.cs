using System.CommandLine;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Files;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Unfinished;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Cli.Commands.Worktrees;

/// <summary><c>mr worktree remove</c> and <c>mr worktree prune</c>.</summary>
public static class WorktreeRemoveCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> directory = new("DIR") { Description = "A working copy that was added." };
        Option<bool> force = new("--force", "-f") { Description = "Even where that loses changes, untracked files or an unfinished merge." };
        return new Command("remove", "Delete a working copy with its files. Branches and commits made there stay in the clone.") { directory, force }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string target = Path.GetFullPath(Path.Combine(surroundings.WorkingDirectory, parse.GetValue(directory)!.TrimEnd('/')));
            Worktree worktree = WorktreeList.Of(context.Clone.Paths).FirstOrDefault(w => w.Paths.WorkingCopy == target)
                ?? throw new CommandException(ExitCode.NotFound, $"'{target}' is no working copy of this clone.", "'mr worktree list' shows them.");
            if (worktree.Name is null)
            {
                throw new CommandException(ExitCode.Usage, $"'{target}' is the clone itself: the others depend on it.", "Remove the others, then its directory.");
            }

            if (!worktree.IsThere)
            {
                throw new CommandException(ExitCode.NotFound, $"'{target}' is gone already.", "'mr worktree prune' forgets it.");
            }

            if (!parse.GetValue(force))
            {
                await RefuseLossAsync(surroundings, context, worktree, cancellationToken);
            }

            using CloneLock held = CloneLock.Take(context.Clone.Paths);
            Delete(worktree.Paths);
            WorktreeList.Forget(context.Clone.Paths, worktree);
            await Console.Error.WriteLineAsync($"Removed the working copy '{target}'.");
            return ExitCode.Success;
        });
    }

    public static Command CreatePrune(Surroundings surroundings)
    {
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Only tell." };
        return new Command("prune", "Forget working copies whose directories are gone.") { dryRun }.Does(surroundings, (parse, context, _) =>
        {
            using CloneLock held = CloneLock.Take(context.Clone.Paths);
            foreach (Worktree gone in WorktreeList.Of(context.Clone.Paths).Where(static w => !w.IsThere))
            {
                context.Output.Line($"{(parse.GetValue(dryRun) ? "Would forget" : "Forgot")} '{gone.Paths.WorkingCopy}'.");
                if (!parse.GetValue(dryRun))
                {
                    WorktreeList.Forget(context.Clone.Paths, gone);
                }
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static async Task RefuseLossAsync(Surroundings surroundings, CommandContext context, Worktree worktree, CancellationToken cancellationToken)
    {
        await using CommandContext there = new(surroundings with { WorkingDirectory = worktree.Paths.WorkingCopy }, context.Stats);
        StatusResult status = await there.WorkingCopy.FindStatusAsync(cancellationToken);
        string? loss = status.Entries.Count > 0 ? "has changes or untracked files" : new OperationFiles(worktree.Paths.State).Exists ? "has an unfinished merge or the like" : there.WorkingCopy.Interrupted is not null ? "has an unfinished checkout" : null;
        if (loss is not null)
        {
            throw new CommandException(ExitCode.Conflict, $"'{worktree.Paths.WorkingCopy}' {loss}, and nothing was removed.", "Commit them there, or use --force to lose them.");
        }
    }

    // What makes it a working copy goes last: cut, it can be removed again.
    private static void Delete(ClonePaths paths)
    {
        FolderRemoval.RemoveAllBut(paths.WorkingCopy, ClonePaths.DirectoryName);
        FolderRemoval.RemoveAllBut(paths.State, "store");
        Directory.Delete(paths.WorkingCopy, recursive: true);
    }
}
