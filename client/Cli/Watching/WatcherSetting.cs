using Monorepo.Watcher;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>Whether commands use a watcher, and where its events come from. In words: <c>off</c>, <c>on</c>, <c>inotify</c> or <c>portable</c>.</summary>
public sealed record WatcherSetting(bool IsOff, EventSourceKind Source)
{
    /// <summary>What people may write.</summary>
    public const string Words = "off, on, inotify or portable";

    public static readonly WatcherSetting Off = new(IsOff: true, default);
    public static readonly WatcherSetting On = new(IsOff: false, EventSourceKind.Inotify);

    /// <summary>An answer takes some milliseconds; after this, looking at the files is the better way.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(600);

    /// <summary>Of the environment: <c>MR_WATCHER</c>.</summary>
    /// <exception cref="CommandException">It says something else.</exception>
    public static WatcherSetting Read() => Parse("MR_WATCHER", Environment.GetEnvironmentVariable("MR_WATCHER"));

    /// <exception cref="CommandException">It says something else.</exception>
    public static WatcherSetting Parse(string where, string? text) => text switch
    {
        null or "" or "on" or "inotify" => On,
        "off" => Off,
        "portable" => new WatcherSetting(IsOff: false, EventSourceKind.FileSystemWatcher),
        _ => throw new CommandException(ExitCode.Usage, $"{where} is '{text}'.", $"It takes {Words}."),
    };

    /// <summary>The watcher's status for a working copy; null: it is off.</summary>
    public IReadyStatus? StatusOf(ClonePaths clone) => IsOff ? null : Asking(WatcherPaths.Of(clone));

    /// <summary>Asks the watcher of a clone, and starts one where none of this version runs.</summary>
    public WatchedStatus Asking(WatcherPaths paths) => new(paths, s_patience, outcome => WatcherLauncher.Launch(paths, this, outcome));
}
