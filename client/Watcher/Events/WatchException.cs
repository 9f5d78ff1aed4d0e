using System.Globalization;

namespace Monorepo.Watcher.Events;

/// <summary>A directory can't be watched. The message says what to do about it where something can be done.</summary>
public sealed class WatchException(WatchLoss loss, string message, Exception? inner = null) : Exception(message, inner)
{
    public WatchLoss Loss { get; } = loss;

    /// <summary>The limit's message, with the figure it has now and one that is enough for large trees.</summary>
    public static WatchException OfLimit(WatchLoss loss)
    {
        (string name, long enough) = loss == WatchLoss.WatchLimit ? ("max_user_watches", 1_048_576L) : ("max_user_instances", 1024L);
        string? text = File.Exists(FileOf(name)) ? File.ReadAllText(FileOf(name)).Trim() : null;
        long now = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        string what = loss == WatchLoss.WatchLimit ? "watches on directories" : "queues of file events";
        return new WatchException(
            loss, $"the system allows no more {what} (fs.inotify.{name} is {now}); raise it with 'sudo sysctl fs.inotify.{name}={Math.Max(enough, now * 2)}'");
    }

    private static string FileOf(string name) => "/proc/sys/fs/inotify/" + name;
}
