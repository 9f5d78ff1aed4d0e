using System.CommandLine;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Cli.Commands.Worktrees;

/// <summary><c>mr worktree list</c>.</summary>
public static class WorktreeListCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("A JSON array: path, commit, branch, whether it is there, whether it is this one.");
        return new Command("list", "Show the working copies of the clone, and what is checked out in each.") { json }.Does(surroundings, (parse, context, _) =>
        {
            IReadOnlyList<Worktree> all = WorktreeList.Of(context.Clone.Paths);
            if (parse.GetValue(json))
            {
                WriteJson(context, all);
                return Task.FromResult(ExitCode.Success);
            }

            int columns = all.Max(static w => w.Paths.WorkingCopy.Length);
            foreach (Worktree worktree in all)
            {
                HeadState head = HeadOf(context.Clone, worktree);
                string commit = head.Commit is { } id ? context.Clone.History.Abbreviate(id) : "-------";
                string state = !worktree.IsThere ? "gone: 'mr worktree prune' forgets it" : head.Branch is { } branch ? $"[{branch.Short}]" : head.Commit is null ? "(nothing checked out)" : "(detached HEAD)";
                context.Output.Line($"{worktree.Paths.WorkingCopy.PadRight(columns)}  {commit} {state}");
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static void WriteJson(CommandContext context, IReadOnlyList<Worktree> all)
    {
        context.Output.JsonArray(json =>
        {
            foreach (Worktree worktree in all)
            {
                HeadState head = HeadOf(context.Clone, worktree);
                json.WriteStartObject();
                json.WriteString("path", worktree.Paths.WorkingCopy);
                json.WriteString("commit", head.Commit?.ToString());
                json.WriteString("branch", head.Branch?.Short);
                json.WriteBoolean("there", worktree.IsThere);
                json.WriteBoolean("current", worktree.Paths == context.Clone.Paths);
                json.WriteEndObject();
            }
        });
    }

    private static HeadState HeadOf(Clone clone, Worktree worktree) => worktree.Head is { } head ? clone.AtTip(head) : default;
}
