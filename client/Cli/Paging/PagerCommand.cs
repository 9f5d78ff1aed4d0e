using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Paging;

/// <summary>Which program shows long output: <c>MR_PAGER</c>, the setting <c>pager</c>, <c>PAGER</c>, <c>less</c>.</summary>
public static class PagerCommand
{
    private const string Default = "less";

    /// <summary>Commands whose output is more than a screen, most of the time.</summary>
    private static readonly string[] s_paged = ["log", "diff", "show", "blame", "grep", "help"];

    public static bool IsPaged(string command) => Array.IndexOf(s_paged, command) >= 0;

    /// <summary>The command line for a shell; null: no pager.</summary>
    /// <exception cref="ConfigException">A configuration can't be read.</exception>
    public static string? Find(Surroundings surroundings)
    {
        Settings settings = new(surroundings.Settings, Clone.Find(surroundings.WorkingDirectory)?.Config);
        string? wanted = settings.ValueOf(ConfigKeys.Pager) ?? surroundings.Pager;
        if (wanted is null)
        {
            return IsThere(Default) ? Default : null;
        }

        string command = wanted.Trim();
        return command is "" or "cat" ? null : command;
    }

    /// <summary>What is said where the shell did not find it.</summary>
    public static CommandException Missing() => new(
        ExitCode.NotFound, "the pager could not be started, so nothing was shown.", "'mr config set pager PROGRAM' names another one, --no-pager does without.");

    private static bool IsThere(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
