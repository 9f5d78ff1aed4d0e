using Monorepo.Workspace.Clones;

namespace Monorepo.Workspace.Watching;

/// <summary>Where a watcher of a directory keeps what it needs.</summary>
/// <param name="Root">The directory that is watched.</param>
/// <param name="Folder">The watcher's own: <c>.mr/watcher</c> of a clone, <c>mr-watcher</c> in the repository folder of a git working tree.</param>
/// <param name="OfClone">The clone whose working copy it is; null: it is a git repository's working tree, of which only the changes are told.</param>
public sealed record WatcherPaths(string Root, string Folder, ClonePaths? OfClone)
{
    /// <summary>The socket's name in the folder.</summary>
    public static ReadOnlySpan<byte> SocketName => "socket"u8;

    /// <summary>The running watcher holds its <c>flock</c>.</summary>
    public string Lock => Path.Combine(Folder, "lock");

    public string Socket => Path.Combine(Folder, "socket");

    public string Cookies => Path.Combine(Folder, "cookies");

    public string Log => Path.Combine(Folder, "log");

    /// <summary>What <c>mr status --verify</c> found wrong.</summary>
    public string Differences => Path.Combine(Folder, "differences.log");

    public static WatcherPaths Of(ClonePaths clone) => new(clone.WorkingCopy, Path.Combine(clone.State, "watcher"), clone);

    /// <summary>Makes the folder where it is not there. Nobody but its owner talks to the watcher.</summary>
    public void CreateFolder()
    {
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Of the clone or git working tree that a directory is in; null: it is in none.</summary>
    public static WatcherPaths? Find(string start)
    {
        for (string? at = Path.GetFullPath(start); at is not null; at = Path.GetDirectoryName(at))
        {
            ClonePaths clone = new(at);
            if (Directory.Exists(clone.State))
                return Of(clone);
            string git = Path.Combine(at, ".git");
            if (Directory.Exists(git))
                return new WatcherPaths(at, Path.Combine(git, "mr-watcher"), null);
            if (File.Exists(git) && ReadLink(git) is { } elsewhere)
                return new WatcherPaths(at, Path.Combine(at, elsewhere, "mr-watcher"), null);
        }

        return null;
    }

    // A linked working tree's ".git" is a file that says where the repository folder is.
    private static string? ReadLink(string file)
    {
        const string Prefix = "gitdir: ";
        string text = File.ReadAllText(file);
        return text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..].TrimEnd('\n') : null;
    }
}
