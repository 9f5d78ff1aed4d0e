using System.Diagnostics;
using Monorepo.Watcher;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>Starts a watcher behind the commands. What goes wrong is nobody's business: without a watcher everything works, slower.</summary>
public static class WatcherLauncher
{
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(1);

    /// <summary>The process that a command started to watch says so with this option.</summary>
    public const string BackgroundOption = "--background";

    /// <summary>The program's file.</summary>
    public static string Program => IsRunByRuntime ? Environment.GetCommandLineArgs()[0] : Environment.ProcessPath!;

    // Development and tests.
    private static bool IsRunByRuntime => string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal);

    /// <summary>Starts this program once more, as the watcher; unless a configuration forbids it.</summary>
    /// <param name="paths">What to watch.</param>
    /// <param name="setting">How.</param>
    /// <param name="outcome">What a question came to: a watcher of another version is told to end.</param>
    public static void Launch(WatcherPaths paths, WatcherSetting setting, AskOutcome outcome)
    {
        try
        {
            if (setting.IsOff || (paths.OfClone is { } clone && CloneSettings.IsWatcherOff(clone, Surroundings.FindSettings(Surroundings.FindHome()))))
                return;
            if (outcome == AskOutcome.OtherVersion)
                new WatcherClient(paths).Stop(s_stopPatience);
            Start(paths, setting.Source);
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception or FormatException or InvalidOperationException or UnauthorizedAccessException)
        {
            // As told above.
        }
    }

    private static void Start(WatcherPaths paths, EventSourceKind source)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            WorkingDirectory = paths.Root,

            // Pipes, which the watcher lets go of: the streams of this command may be somebody's who waits for their end.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Commands put collections off, most of them until after their end. Who stays for days keeps as little as the runtime ever does: 256 KiB, in hexadecimal.
        start.Environment["DOTNET_GCgen0size"] = "40000";

        if (IsRunByRuntime)
            start.ArgumentList.Add(Program);
        foreach (string argument in (string[])["watcher", "run", BackgroundOption, "--source", source == EventSourceKind.Inotify ? "inotify" : "portable"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process? process = Process.Start(start);
    }
}
