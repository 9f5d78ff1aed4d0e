namespace Monorepo.Workspace.Clones;

/// <summary>What a clone's configuration says to those who have not opened the clone.</summary>
public static class CloneSettings
{
    /// <summary>Whether commands are to do without a watcher here: <c>"watcher": "off"</c>.</summary>
    /// <exception cref="CloneException">The configuration is damaged.</exception>
    public static bool IsWatcherOff(ClonePaths clone) => string.Equals(CloneConfig.Load(clone.Config).Watcher, "off", StringComparison.Ordinal);
}
