using Monorepo.Workspace.Configuration;

namespace Monorepo.Workspace.Clones;

/// <summary>What is set for a clone, for those who have not opened it.</summary>
public static class CloneSettings
{
    /// <summary>Whether commands are to do without a watcher here: <c>watcher</c> is <c>off</c> in some file.</summary>
    /// <exception cref="ConfigException">A file is damaged.</exception>
    public static bool IsWatcherOff(ClonePaths clone, SettingSources sources) =>
        string.Equals(new Settings(sources with { Given = [] }, clone.Config).ValueOf(ConfigKeys.Watcher), "off", StringComparison.Ordinal);
}
