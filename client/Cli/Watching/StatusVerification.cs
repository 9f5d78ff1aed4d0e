using System.Globalization;
using System.Text;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>
/// Compares what the watcher says with what a scan finds. Files that change meanwhile make both differ without either being wrong, so the watcher
/// is asked before and after, and only what it said neither time counts.
/// </summary>
internal static class StatusVerification
{
    /// <summary>Differences kept in the log; further ones are counted.</summary>
    private const int LogBytesMax = 1 << 20;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>What the watcher says; null: it says nothing.</summary>
    public static StatusResult? Ask(CommandContext context) =>
        new WatchedStatus(WatcherPaths.Of(context.Clone.Paths), s_patience, outcome => WatcherLauncher.Launch(WatcherPaths.Of(context.Clone.Paths), context.Surroundings.Watcher, outcome))
            .TryFind(context.Surroundings.GlobalIgnoreFile);

    /// <summary>False: the watcher was wrong. Tells, logs and counts each difference.</summary>
    public static async Task<bool> CompareAsync(CommandContext context, StatusResult? before, StatusResult scanned)
    {
        if (before is null || Ask(context) is not { } after)
        {
            await Console.Error.WriteLineAsync("note: there was no watcher's answer to compare with.");
            return true;
        }

        string[] differences = [.. Difference(before, scanned).Intersect(Difference(after, scanned), StringComparer.Ordinal)];
        if (differences.Length == 0)
        {
            await Console.Error.WriteLineAsync("verified: the watcher says the same.");
            return true;
        }

        foreach (string difference in differences)
        {
            await Console.Error.WriteLineAsync($"difference: {difference}");
        }

        Log(WatcherPaths.Of(context.Clone.Paths), differences);
        return false;
    }

    /// <summary>How many differences were found in this working copy so far.</summary>
    public static long Count(WatcherPaths paths) => File.Exists(CountFile(paths))
        && long.TryParse(File.ReadAllText(CountFile(paths)), NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : 0;

    private static string CountFile(WatcherPaths paths) => paths.Differences + ".count";

    private static IEnumerable<string> Difference(StatusResult watched, StatusResult scanned)
    {
        // Only a scan lists ignored paths.
        HashSet<string> said = [.. watched.Entries.Select(Describe)];
        HashSet<string> found = [.. scanned.Entries.Where(static e => e.Code != StatusCode.Ignored).Select(Describe)];
        return said.Except(found, StringComparer.Ordinal).Select(static s => $"the watcher says {s}, the scan does not")
            .Concat(found.Except(said, StringComparer.Ordinal).Select(static s => $"the scan says {s}, the watcher does not"));
    }

    private static string Describe(StatusEntry entry) => $"{StatusPrinter.Word(entry.Code)} {Encoding.Latin1.GetString(entry.Path)}";

    private static void Log(WatcherPaths paths, string[] differences)
    {
        paths.CreateFolder();
        FileInfo log = new(paths.Differences);
        if (!log.Exists || log.Length < LogBytesMax)
            File.AppendAllLines(paths.Differences, differences.Select(d => $"{DateTimeOffset.UtcNow:O} {d}"));
        File.WriteAllText(CountFile(paths), (Count(paths) + differences.Length).ToString(CultureInfo.InvariantCulture));
    }
}
