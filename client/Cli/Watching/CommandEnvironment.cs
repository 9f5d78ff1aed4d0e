using System.Globalization;
using System.Text;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Watching;

/// <summary>What a command that a watcher may run depends on beside its command line: where this differs, the watcher's would be another answer.</summary>
internal static class CommandEnvironment
{
    // Those that commands read, and those that the runtime does for times and certificates. PAGER is for who prints.
    private static readonly string[] s_variables =
    [
        "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MR_CONFIG_SYSTEM", "MR_CACHE_DIR", "MR_RETRIES", "NO_COLOR", "TZ", "TZDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
        .. ConfigKeys.All.Where(static k => k.Variable is not null && k != ConfigKeys.Pager).Select(static k => k.Variable!),
    ];

    /// <summary>The program, the time zone and the variables, in one text.</summary>
    public static string Describe()
    {
        StringBuilder text = new();
        FileInfo program = new(WatcherLauncher.Program);
        text.Append(CultureInfo.InvariantCulture, $"{program.FullName}\0{(program.Exists ? program.Length : 0)}\0{program.LastWriteTimeUtc.Ticks}\0");
        text.Append(new FileInfo("/etc/localtime").LinkTarget).Append('\0');
        foreach (string name in s_variables)
        {
            text.Append(name).Append('=').Append(Environment.GetEnvironmentVariable(name)).Append('\0');
        }

        return text.ToString();
    }
}
