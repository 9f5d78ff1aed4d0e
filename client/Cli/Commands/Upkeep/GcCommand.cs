using System.CommandLine;
using System.Globalization;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Upkeep;

namespace Monorepo.Cli.Commands.Upkeep;

/// <summary><c>mr gc</c>: removes what nothing needs.</summary>
public static class GcCommand
{
    private const int KeepDaysDefault = 14;
    private const int ShownMax = 20;

    public static Command Create(Surroundings surroundings)
    {
        Option<bool> dryRun = new("--dry-run", "-n") { Description = "Only tell what would go." };
        Command command = new(
            "gc",
            "Remove local commits that nothing names any more and that are older than gc.keepDays, what interrupted commands left, contents that are no longer declared for working offline, and the oldest cached contents beyond cache.size. Safe beside other commands.")
        {
            dryRun,
        };
        return command.Does(surroundings, async (parse, context, _) =>
        {
            bool isDryRun = parse.GetValue(dryRun);
            if (Clone.Find(surroundings.WorkingDirectory) is not null)
            {
                Report(context, CollectClone(context, isDryRun), isDryRun);
                await SweepOfflineAsync(context, isDryRun);
            }

            CacheTrim trim = context.Cache.Trim(isDryRun);
            Tell(context, isDryRun, trim.Packs, "pack", "of the object cache, its oldest", trim.PackBytes);
            Tell(context, isDryRun, trim.Leftovers.Count, "file", "that writers left in the object cache", null);
            return ExitCode.Success;
        });
    }

    private static async Task SweepOfflineAsync(CommandContext context, bool isDryRun)
    {
        OfflineStore store = new(context.Clone.Paths);
        if (!store.Exists)
        {
            return;
        }

        using IDisposable? held = store.TryLock();
        long? freed = held is null ? null : await OfflineSweeper.SweepAsync(store, isDryRun, CommandContext.WarnOfCache);
        context.Output.Line(freed is { } bytes
            ? $"{(isDryRun ? "Would remove" : "Removed")} {ProgressDisplay.Bytes(bytes)} of contents that are no longer declared for working offline."
            : held is null ? "What is kept for working offline was left alone: another command is changing it."
            : "What is kept for working offline was left alone: some of it is missing, and 'mr offline verify' names it.");
    }

    private static CloneGarbage CollectClone(CommandContext context, bool isDryRun)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        int keepDays = context.Settings.ValueOf(ConfigKeys.GcKeepDays) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : KeepDaysDefault;

        // At 0 also what was committed a moment ago, by a clock that may be ahead.
        return GarbageCollector.Collect(context.Clone, keepDays == 0 ? DateTimeOffset.MaxValue : now.AddDays(-keepDays), now, isDryRun);
    }

    private static void Report(CommandContext context, CloneGarbage garbage, bool isDryRun)
    {
        if (garbage.Absent is { } absent)
        {
            context.Output.Line($"Local commits were left alone: the working copy '{absent}' is not there. If it is gone for good, run 'mr worktree prune'.");
        }

        Tell(context, isDryRun, garbage.Commits.Count, "local commit", "that nothing names", garbage.CommitBytes);
        foreach (Core.ObjectId commit in garbage.Commits.Take(ShownMax))
        {
            context.Output.Line($"  {commit}");
        }

        if (garbage.Commits.Count > ShownMax)
        {
            context.Output.Line($"  and {garbage.Commits.Count - ShownMax:N0} more");
        }

        Tell(context, isDryRun, garbage.Leftovers.Count, "file", "that interrupted commands left in the clone", garbage.LeftoverBytes);
        if (garbage.Young > 0)
        {
            context.Output.Line($"{garbage.Young:N0} local commit{(garbage.Young == 1 ? "" : "s")} that nothing names stay{(garbage.Young == 1 ? "s" : "")} for now (gc.keepDays).");
        }
    }

    private static void Tell(CommandContext context, bool isDryRun, int count, string noun, string which, long? bytes) => context.Output.Line(
        $"{(isDryRun ? "Would remove" : "Removed")} {count:N0} {noun}{(count == 1 ? "" : "s")} {which}{(bytes is > 0 ? $" ({ProgressDisplay.Bytes(bytes.Value)})" : "")}.");
}
