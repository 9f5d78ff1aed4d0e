using Monorepo.Native.Posix;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Upkeep;

/// <summary>What a part of a clone takes.</summary>
/// <param name="Name">One of <see cref="CloneDiskUse"/>'s.</param>
/// <param name="Bytes">On the disk: holes in files do not count.</param>
/// <param name="Files">How many files.</param>
public readonly record struct DiskUse(string Name, long Bytes, long Files);

/// <summary>Measures what a clone takes beside the files of its working copy; in one that was added, its own part and what it shares.</summary>
public static class CloneDiskUse
{
    public const string History = "history";
    public const string LocalCommits = "local commits";
    public const string Dirstate = "dirstate";
    public const string PathHistories = "path histories";
    public const string Offline = "offline";
    public const string Watcher = "watcher";
    public const string Other = "other";

    /// <summary>Every part, in this order. Costs a look at each file in <c>.mr</c>.</summary>
    public static IReadOnlyList<DiskUse> Measure(ClonePaths clone)
    {
        string watcher = Path.Combine(clone.State, "watcher");
        Dictionary<string, (long Bytes, long Files)> parts = new(StringComparer.Ordinal);
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string path in ((string[])[clone.State, clone.Store]).Distinct(StringComparer.Ordinal).SelectMany(folder => Directory.EnumerateFiles(folder, "*", all)))
        {
            string part = IsIn(path, clone.History) ? History
                : IsIn(path, clone.Local) ? LocalCommits
                : IsIn(path, clone.PathHistories) ? PathHistories
                : IsIn(path, clone.Offline) ? Offline
                : IsIn(path, watcher) ? Watcher
                : path.StartsWith(clone.Dirstate, StringComparison.Ordinal) ? Dirstate : Other;
            (long bytes, long files) = parts.GetValueOrDefault(part);
            parts[part] = (bytes + MeasureFile(path), files + 1);
        }

        return [.. ((string[])[History, LocalCommits, Dirstate, PathHistories, Offline, Watcher, Other]).Select(name => new DiskUse(name, parts.GetValueOrDefault(name).Bytes, parts.GetValueOrDefault(name).Files))];
    }

    private static bool IsIn(string path, string folder) => path.StartsWith(folder, StringComparison.Ordinal) && path.Length > folder.Length && path[folder.Length] == Path.DirectorySeparatorChar;

    // Gone meanwhile, or a socket: nothing.
    private static long MeasureFile(string path)
    {
        try
        {
            using FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
            return file is null ? 0 : PosixFile.MeasureDisk(file);
        }
        catch (PosixException)
        {
            return 0;
        }
    }
}
