using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Pushing;

namespace Monorepo.Cli.Commands.History;

/// <summary>What pull and push share: following the server where it took local commits under other ids, and forgetting them.</summary>
internal static class LandedCommits
{
    private const int ConflictsShownMax = 10;

    /// <summary>To be called after a pull.</summary>
    /// <param name="context">The command's.</param>
    /// <param name="known">What the answer to a push said; other branches are searched for.</param>
    /// <param name="cancellationToken">Stops; the next pull or push goes on.</param>
    public static async Task FollowAsync(CommandContext context, IReadOnlyList<LandedBranch> known, CancellationToken cancellationToken)
    {
        Clone clone = context.Clone;
        if (clone.Local.Commits.Count == 0 && clone.Local.Refs.Count == 0)
        {
            return;
        }

        List<LandedBranch> landed = [.. known, .. (await LandedSearch.FindAsync(clone, context.Objects, cancellationToken)).Where(f => !known.Any(k => k.Branch == f.Branch))];
        Landing landing = new(clone, context.WorkingCopy, context.Objects, context.Cache);
        CheckoutResult? refused = await ProgressDisplay.RunAsync("Writing files", progress => landing.FollowAsync(
            landed,
            new ProgressAdapter<CheckoutProgress>(progress, p => new ProgressReport(p.FilesDone, p.FilesTotal, $"{p.FilesDone:N0}/{p.FilesTotal:N0} files")),
            cancellationToken));
        foreach (LandedBranch branch in landed.Where(b => clone.Head.Branch == b.Branch && clone.Head.Commit == b.To))
        {
            await Console.Error.WriteLineAsync($"{branch.Branch.Short} is at {clone.History.Abbreviate(branch.To)} now, rebased by the server; the working copy followed.");
        }

        if (refused is not null)
        {
            await Console.Error.WriteLineAsync(Describe(refused));
        }
    }

    private static string Describe(CheckoutResult refused)
    {
        StringBuilder text = new("warning: your commits landed, rebased by the server, but the working copy stays where it is, because these files would be overwritten:");
        foreach (CheckoutConflict conflict in refused.Conflicts.Take(ConflictsShownMax))
        {
            text.Append("\n  ").Append(Encoding.UTF8.GetString(conflict.Path));
        }

        if (refused.Conflicts.Count > ConflictsShownMax)
        {
            text.Append($"\n  and {refused.Conflicts.Count - ConflictsShownMax:N0} more");
        }

        return text.Append("\nhint: Move your changes of them away, then run 'mr pull', which follows.").ToString();
    }
}
