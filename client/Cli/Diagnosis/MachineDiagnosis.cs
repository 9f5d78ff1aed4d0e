using System.Globalization;
using Monorepo.Cli.Output;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Diagnosis;

/// <summary>Looks at the watcher and what it needs of the system, the cache, the disk.</summary>
public static class MachineDiagnosis
{
    private const string WatchesLimit = "/proc/sys/fs/inotify/max_user_watches";
    private const string InstancesLimit = "/proc/sys/fs/inotify/max_user_instances";

    // Other programs watch too.
    private const int WatchesSpare = 2;
    private const long InstancesMin = 128;
    private const long WatchesEnough = 1_048_576;

    private const long FreeBytesMin = 1L << 30;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    public static IEnumerable<Finding> LookAtClone(CommandContext context, ClonePaths clone)
    {
        yield return OfWatcher(context, clone);
        yield return OfWatches(clone);
        if (ReadNumber(InstancesLimit) is { } instances and < InstancesMin)
        {
            yield return new Finding("inotify", Verdict.Warn, $"{instances:N0} watchers at most for all your programs", "sudo sysctl fs.inotify.max_user_instances=1024");
        }

        yield return OfDisk("disk", clone.State);
    }

    public static IEnumerable<Finding> LookAtCache(CommandContext context)
    {
        List<CacheWarning> warnings = [];
        long limit = context.Settings.SizeOf(ConfigKeys.CacheSize) ?? ObjectCacheOptions.DefaultBytesMax(context.CachePath);
        using ObjectCache cache = new(context.CachePath, ObjectCacheOptions.For(limit) with { OnWarning = warnings.Add });
        string size = $"{ProgressDisplay.Bytes(cache.MeasureDisk())} of {ProgressDisplay.Bytes(limit)} in '{cache.DirectoryPath}'";
        yield return !cache.IsWritable ? new Finding("cache", Verdict.Fail, $"'{cache.DirectoryPath}' can't be written", "Everything is fetched again each time. Give it back to you ('ls -ld'), or name another with MR_CACHE_DIR.")
            : warnings.Count > 0 ? new Finding("cache", Verdict.Warn, warnings[0].Message, "'mr fsck' says more.")
            : new Finding("cache", Verdict.Ok, size);
        yield return OfDisk("cache disk", context.CachePath);
    }

    private static Finding OfWatcher(CommandContext context, ClonePaths clone)
    {
        if (context.Surroundings.Watcher.IsOff || CloneSettings.IsWatcherOff(clone, context.Surroundings.Settings))
        {
            return new Finding("watcher", Verdict.Warn, "off: 'mr status' looks at every file", "'mr config unset watcher', and MR_WATCHER unset, let commands use one.");
        }

        WatcherPaths paths = WatcherPaths.Of(clone);
        AskOutcome outcome = new WatcherClient(paths).AskInfo(s_patience, out InfoAnswer? info);
        return (outcome, info) switch
        {
            (_, { Problem: { } problem }) => new Finding("watcher", Verdict.Warn, $"it can't watch: {problem}", "'mr status' looks at every file until then."),
            (_, { ReadyMs: 0 }) => new Finding("watcher", Verdict.Ok, $"process {info.ProcessId} is looking at the files for the first time"),
            (_, not null) => new Finding("watcher", Verdict.Ok, string.Create(CultureInfo.InvariantCulture, $"process {info.ProcessId} watches {info.Watches:N0} directories, {info.MemoryBytes >> 20} MiB")),
            (AskOutcome.NotThere, _) => new Finding("watcher", Verdict.Ok, "none runs; the next 'mr status' starts one"),
            (AskOutcome.OtherVersion, _) => new Finding("watcher", Verdict.Ok, "one of another version runs; the next command replaces it"),
            _ => new Finding("watcher", Verdict.Warn, "it does not answer", $"'mr watcher stop'; its log is '{paths.Log}'."),
        };
    }

    private static Finding OfWatches(ClonePaths clone)
    {
        long directories = CountDirectories(clone);
        if (ReadNumber(WatchesLimit) is not { } limit)
        {
            return new Finding("inotify", Verdict.Warn, $"'{WatchesLimit}' can't be read", "Is this Linux, with /proc?");
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{directories:N0} directories with tracked files, {limit:N0} may be watched");
        string fix = string.Create(CultureInfo.InvariantCulture, $"sudo sysctl fs.inotify.max_user_watches={Math.Max(WatchesEnough, directories * WatchesSpare)}");
        return limit < directories ? new Finding("inotify", Verdict.Fail, text, fix)
            : limit < directories * WatchesSpare ? new Finding("inotify", Verdict.Warn, text, fix)
            : new Finding("inotify", Verdict.Ok, text);
    }

    // One look through the dirstate: paths come sorted, so a directory's are together.
    private static long CountDirectories(ClonePaths clone)
    {
        using DirstateFile? dirstate = DirstateFile.Open(clone.Dirstate);
        Formats.Dirstate.DirstateCursor? cursor = dirstate?.Reader.Open();
        byte[] before = [];
        long count = 1;
        while (cursor?.MoveNext() == true)
        {
            ReadOnlySpan<byte> path = cursor.Path;
            int shared = before.AsSpan().CommonPrefixLength(path);
            count += path[shared..].Count((byte)'/');
            before = path.ToArray();
        }

        return count;
    }

    private static Finding OfDisk(string subject, string path)
    {
        string there = Path.GetFullPath(path);
        while (!Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there) ?? "/";
        }

        long free = new DriveInfo(there).AvailableFreeSpace;
        string text = $"{ProgressDisplay.Bytes(free)} free for '{there}'";
        return free < FreeBytesMin
            ? new Finding(subject, Verdict.Warn, text, "Make room: 'mr du' shows what the clone and the cache take, 'mr gc' removes what is not needed, 'mr config set cache.size SIZE' lets the cache grow less.")
            : new Finding(subject, Verdict.Ok, text);
    }

    private static long? ReadNumber(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
