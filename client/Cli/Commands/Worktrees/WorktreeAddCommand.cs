using System.CommandLine;
using Monorepo.Cli.Commands.Refs;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Core;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Worktrees;

namespace Monorepo.Cli.Commands.Worktrees;

/// <summary><c>mr worktree add</c>.</summary>
public static class WorktreeAddCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string> directory = new("DIR") { Description = "Where to; not there yet, or empty, and not in a working copy." };
        Argument<string?> revision = new("REV") { Description = "A branch that is checked out nowhere else, or a commit, on no branch. Without it: the branch that DIR is called after, made of HEAD where there is none.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> branch = new("--branch", "-b") { Description = "Make a branch, of REV or else of HEAD, and check that out.", HelpName = "NEW" };
        Option<bool> detach = new("--detach", "-d") { Description = "Check out REV, or HEAD, on no branch." };
        Option<bool> noCheckout = new("--no-checkout") { Description = "No files yet: 'mr sparse enable' and 'mr switch' in it may come first." };
        Option<string[]> sparse = new("--sparse") { Description = "Have only what this profile in the repository names; several: what any of them does.", HelpName = "PROFILE" };
        Command command = new("add", "Make another working copy of the clone.") { directory, revision, branch, detach, noCheckout, sparse };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            if (parse.GetValue(branch) is not null && parse.GetValue(detach))
            {
                throw new CommandException(ExitCode.Usage, "-b and --detach can't be combined.");
            }

            string target = Path.GetFullPath(Path.Combine(surroundings.WorkingDirectory, parse.GetValue(directory)!.TrimEnd('/')));
            HeadState head = await ChooseAsync(context, target, parse.GetValue(revision), parse.GetValue(branch), parse.GetValue(detach), cancellationToken);
            WorktreeList.RefuseHeld(context.Clone.Paths, head.Branch);
            using (CloneLock.Take(context.Clone.Paths))
            {
                WorktreeList.Add(context.Clone.Paths, target);
            }

            await using CommandContext there = new(surroundings with { WorkingDirectory = target }, context.Stats) { MaxFetchBytes = context.MaxFetchBytes };
            if (parse.GetValue(sparse) is { Length: > 0 } profiles)
            {
                await there.WorkingCopy.ChangeSparseAsync(there.Objects, settings => settings.Enable(profiles), force: false, null, cancellationToken);
            }

            if (!parse.GetValue(noCheckout))
            {
                await CheckoutCommand.MoveAsync(there, head, force: false, cancellationToken);
            }

            string where = head.Branch is { } on ? $"branch '{on.Short}'" : $"detached at {context.Clone.History.Abbreviate(head.Commit!.Value)}";
            await Console.Error.WriteLineAsync(parse.GetValue(noCheckout) ? $"Made an empty working copy in '{target}'." : $"Made a working copy in '{target}': {where}.");
            return ExitCode.Success;
        });
    }

    private static async Task<HeadState> ChooseAsync(CommandContext context, string target, string? revision, string? branch, bool detach, CancellationToken cancellationToken)
    {
        if (branch is not null)
        {
            return await NewAsync(context, RefArguments.ParseBranch(branch), revision, cancellationToken);
        }

        if (detach)
        {
            return new HeadState(null, await context.ResolveCommitAsync(revision ?? "HEAD", cancellationToken));
        }

        if (revision is not null)
        {
            return await CheckoutCommand.ResolveAsync(context, revision, cancellationToken) is var named && revision == "HEAD" ? named with { Branch = null } : named;
        }

        RefName own = RefArguments.ParseBranch(Path.GetFileName(target));
        return BranchNames.Find(context.Clone, own) is { } tip ? new HeadState(own, tip) : await NewAsync(context, own, null, cancellationToken);
    }

    private static async Task<HeadState> NewAsync(CommandContext context, RefName name, string? start, CancellationToken cancellationToken)
    {
        if (new BranchEditor(context.Clone).Refuse(name) is { } refused)
        {
            RefArguments.Checked(context.Clone, refused);
        }

        return new HeadState(name, await context.ResolveCommitAsync(start ?? "HEAD", cancellationToken));
    }
}
