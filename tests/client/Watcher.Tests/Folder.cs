using System.Diagnostics;
using Monorepo.Native.Posix;
using Monorepo.Watcher.Events;

namespace Monorepo.Watcher.Tests;

/// <summary>A temporary folder that is watched, and what is in it now.</summary>
internal sealed class Folder : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public Folder(EventSourceKind kind, Func<IEventSource, IEventSource>? wrap = null)
    {
        Root = Directory.CreateTempSubdirectory("watched-").FullName;
        string cookies = Directory.CreateDirectory(Path.Combine(Root, ".mr", "watcher")).FullName;
        Watched = new WatchedFolder(Root, cookies, () => (wrap ?? (static s => s))(WatchedFolder.CreateSource(kind, Root, cookies)));
    }

    public string Root { get; }

    public WatchedFolder Watched { get; }

    public string At(string path) => Path.Combine(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>Synchronizes and asks.</summary>
    public ChangeSet Ask(WatchClock since)
    {
        Assert.Equal(SyncOutcome.Done, Watched.Sync(Patience));
        return Watched.Since(since);
    }

    /// <summary>Every name outside repository folders with what its status says.</summary>
    public Dictionary<string, FileStatus> Snapshot()
    {
        Dictionary<string, FileStatus> found = new(StringComparer.Ordinal);
        PosixDirectory.Open(System.Text.Encoding.UTF8.GetBytes(Root), OpenFlags.Directory, 0, out FileDescriptor? top).ThrowIfFailed("open");
        using (top)
        {
            Stack<string> rest = new(Directory.GetFileSystemEntries(Root));
            while (rest.TryPop(out string? path))
            {
                string relative = path[(Root.Length + 1)..];
                if (relative is ".mr" or ".git" || PosixDirectory.GetStatus(top!, System.Text.Encoding.UTF8.GetBytes(relative), out FileStatus status) != Errno.None)
                    continue;

                // A directory's own times and size follow its entries, which are compared themselves.
                found[relative] = status.Kind == FileKind.Directory ? new FileStatus(status.Mode, 0, 0, 0, status.Inode, status.Device, 0, 0, 0) : status with { Links = 0 };
                if (status.Kind == FileKind.Directory)
                    Array.ForEach(Directory.GetFileSystemEntries(path), rest.Push);
            }
        }

        return found;
    }

    /// <summary>Whether the path is told, itself or with a directory it is in.</summary>
    public static bool IsTold(ChangeSet changes, string path) => changes.IsEverything || Covers(NamesOf(changes), path);

    /// <summary>Everything that differs between two snapshots must be told, itself or a directory it is in.</summary>
    public static void AssertTold(Dictionary<string, FileStatus> before, Dictionary<string, FileStatus> after, ChangeSet changes, string what)
    {
        if (changes.IsEverything)
            return;
        HashSet<string> told = NamesOf(changes);
        foreach (string path in before.Keys.Union(after.Keys))
        {
            bool same = before.TryGetValue(path, out FileStatus old) && after.TryGetValue(path, out FileStatus now) && old == now;
            if (!same && !Covers(told, path))
                Assert.Fail($"{what}: '{path}' changed and was not told. Told: {string.Join(", ", told)}");
        }
    }

    public void Dispose()
    {
        Watched.Dispose();
        using Process remove = Process.Start("/bin/rm", ["-rf", "--", Root]);
        remove.WaitForExit();
    }

    private static HashSet<string> NamesOf(ChangeSet changes) => [.. changes.Paths.Select(p => System.Text.Encoding.UTF8.GetString(p.Path))];

    private static bool Covers(HashSet<string> told, string path)
    {
        for (string at = path; ; at = at[..at.LastIndexOf('/')])
        {
            if (told.Contains(at))
                return true;
            if (!at.Contains('/', StringComparison.Ordinal))
                return told.Contains("");
        }
    }
}
