using System.CommandLine;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Core;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Cli.Commands.Refs;

/// <summary><c>mr switch</c>: checks out a branch, or a new one. Changes that are not committed come along, or stand in the way.</summary>
public static class SwitchCommand
{
    private const string Back = "-";

    public static Command Create(Surroundings surroundings)
    {
        Argument<string?> revision = new("REV") { Description = "A branch; '-': what was checked out before. With -c, where the new branch starts; with --detach, any commit.", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> create = new("--create", "-c") { Description = "Make a branch, and check that out.", HelpName = "NEW" };
        Option<bool> detach = new("--detach") { Description = "Check out a commit, on no branch." };
        Option<bool> force = new("--discard-changes", "--force", "-f") { Description = "Overwrite changes that are not committed." };
        Command command = new("switch", "Check out a branch. Touches only files that differ, and refuses to lose changes.") { revision, create, detach, force };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            string? target = parse.GetValue(revision);
            bool isForced = parse.GetValue(force);
            if (parse.GetValue(create) is { } name)
            {
                return parse.GetValue(detach)
                    ? throw new CommandException(ExitCode.Usage, "-c and --detach can't be combined.")
                    : await CreateAsync(context, RefArguments.ParseBranch(name), target, isForced, cancellationToken);
            }

            if (parse.GetValue(detach))
            {
                ObjectId commit = await context.ResolveCommitAsync(target is Back ? FindBack(context).Revision : target ?? "HEAD", cancellationToken);
                return await MoveAsync(context, new HeadState(null, commit), isNew: false, isForced, cancellationToken);
            }

            return target is null
                ? throw new CommandException(ExitCode.Usage, "missing branch or commit argument.", "'mr branch' lists the branches you work on.")
                : await SwitchAsync(context, target, isForced, cancellationToken);
        });
    }

    private static async Task<ExitCode> SwitchAsync(CommandContext context, string target, bool force, CancellationToken cancellationToken)
    {
        if (target == Back)
        {
            (string previous, RefName? before) = FindBack(context);
            if (before is null)
            {
                ObjectId commit = await context.ResolveCommitAsync(previous, cancellationToken);
                return await MoveAsync(context, new HeadState(null, commit), isNew: false, force, cancellationToken);
            }

            target = before.Value.Short;
        }

        await ShallowRevisions.EnsureAsync(context, target, cancellationToken);
        if (RefName.TryParse(RefName.Branches + target, out RefName branch) && BranchNames.Find(context.Clone, branch) is { } tip)
        {
            return await MoveAsync(context, new HeadState(branch, tip), isNew: false, force, cancellationToken);
        }

        RevisionResult named = await context.ResolveAsync(target, cancellationToken);
        string kind = named.Ref is { IsTag: true } ? "tag" : named.Ref is not null ? "remote branch" : "commit";
        throw new CommandException(
            ExitCode.Usage, $"a branch is expected, got {kind} '{target}'.", $"'mr switch --detach {target}' checks it out on no branch, 'mr switch -c NEW {target}' on a new one.");
    }

    private static async Task<ExitCode> CreateAsync(CommandContext context, RefName name, string? start, bool force, CancellationToken cancellationToken)
    {
        await context.FinishCheckoutAsync(cancellationToken);
        BranchEditor editor = new(context.Clone);
        HeadState head = context.Clone.Head;
        ObjectId? commit = start is null && head.Commit is null ? null : await context.ResolveCommitAsync(start ?? "HEAD", cancellationToken);
        if (commit is null && head.Branch is { } unborn && context.Clone.Refs.Find(unborn) is { } tip)
        {
            // Nothing is checked out yet: as git, from the tip of the branch that would be.
            commit = tip.PeeledTarget;
        }

        if (commit == head.Commit && !force)
        {
            RefArguments.Checked(context.Clone, editor.StartHere(name));
            await Console.Error.WriteLineAsync($"Switched to a new branch '{name.Short}'");
            return ExitCode.Success;
        }

        if (editor.Refuse(name) is { } refused)
        {
            RefArguments.Checked(context.Clone, refused);
        }

        return await MoveAsync(context, new HeadState(name, commit), isNew: true, force, cancellationToken);
    }

    private static async Task<ExitCode> MoveAsync(CommandContext context, HeadState head, bool isNew, bool force, CancellationToken cancellationToken)
    {
        HeadState before = context.Clone.Head;
        if (before != head || force || context.WorkingCopy.Interrupted is not null)
        {
            await CheckoutCommand.MoveAsync(context, head, force, cancellationToken);
        }

        await Console.Error.WriteLineAsync(head.Branch is { } branch
            ? isNew ? $"Switched to a new branch '{branch.Short}'" : before.Branch == branch ? $"Already on '{branch.Short}'" : $"Switched to branch '{branch.Short}'"
            : $"HEAD is now at {context.Clone.History.Abbreviate(head.Commit!.Value)}");
        return ExitCode.Success;
    }

    private static (string Revision, RefName? Branch) FindBack(CommandContext context)
    {
        Clone clone = context.Clone;
        return PreviousHead.Find(clone.Paths) switch
        {
            { Branch: { } branch } when BranchNames.Find(clone, branch) is not null => (branch.Value, branch),
            { Commit: { } commit } => (commit.ToString(), null),
            _ => throw new CommandException(ExitCode.NotFound, "nothing was checked out before."),
        };
    }
}
