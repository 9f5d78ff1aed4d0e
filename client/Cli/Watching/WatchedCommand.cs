using System.Globalization;
using System.Runtime.InteropServices;
using Monorepo.Cli.Output;
using Monorepo.Cli.Paging;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>
/// Commands that the clone's watcher runs, where one is there: short ones that ask the server something. It has a connection to the server and
/// the history's pages at hand, which would take this process longer than all the rest. Whatever is not as usual is left to the command itself.
/// </summary>
public static class WatchedCommand
{
    /// <summary>Then the command runs here.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // What log takes but options that print changes, for which contents are fetched.
    private static readonly string[] s_options =
    [
        "-n", "-i", "-E", "-F", "--max-count", "--skip", "--since", "--after", "--until", "--before", "--author", "--committer", "--grep", "--regexp-ignore-case", "--extended-regexp",
        "--fixed-strings", "--all-match", "--invert-grep", "--merges", "--no-merges", "--first-parent", "--reverse", "--all", "--topo-order", "--date-order", "--graph", "--oneline",
        "--format", "--pretty", "--abbrev-commit", "--decorate", "--no-decorate", "--date", "--abbrev", "--json",
    ];

    /// <summary>Whether a watcher may run a command line: nothing is fetched but the server's answer, nothing is changed.</summary>
    public static bool IsOne(ReadOnlySpan<string> arguments)
    {
        if (arguments is not ["log", ..])
            return false;
        int dashes = arguments.IndexOf("--");
        if (dashes < 0 || dashes == arguments.Length - 1)
            return false;
        foreach (string argument in arguments[1..dashes])
        {
            if (argument.StartsWith('-') && !IsNumber(argument) && !s_options.Contains(argument.Split('=')[0]))
                return false;
        }

        return true;
    }

    /// <summary>Null: this is for the command itself. Nothing was printed then.</summary>
    public static ExitCode? TryRun(ReadOnlySpan<string> arguments)
    {
        if (!IsOne(arguments))
            return null;
        try
        {
            WatcherSetting setting = WatcherSetting.Read();
            string directory = Environment.CurrentDirectory;
            if (setting.IsOff || WatcherPaths.Find(directory) is not { OfClone: not null } paths)
                return null;
            CommandQuestion question = new((int)s_patience.TotalMilliseconds, directory, arguments.ToArray())
            {
                Environment = CommandEnvironment.Describe(),
                Columns = Surroundings.FindColumns(),
                IsTerminal = !Console.IsOutputRedirected,
                IsDumb = Surroundings.FindDumbTerminal(),
            };
            new WatcherClient(paths).AskCommand(question, out CommandAnswer? answer);
            return answer is { Outcome: WatchOutcome.Done } ? Print(answer.Output, question.IsTerminal) : null;
        }
        catch (Exception e) when (e is CommandException or ConfigException)
        {
            // Said again where errors are printed.
            return null;
        }
    }

    // -3 and -n3.
    private static bool IsNumber(string argument) => int.TryParse(argument.AsSpan(argument.StartsWith("-n", StringComparison.Ordinal) ? 2 : 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static ExitCode Print(ReadOnlyMemory<byte> text, bool isTerminal)
    {
        if (isTerminal && PagerCommand.Find(Surroundings.Read()) is { } program)
            return Show(text, program);
        Write(text, Console.OpenStandardOutput());
        return ExitCode.Success;
    }

    private static ExitCode Show(ReadOnlyMemory<byte> text, string program)
    {
        // Until the person leaves it, the terminal is the pager's, and Ctrl-C not for us.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
        using PagerStream pager = new(program);
        Write(text, pager);
        pager.Dispose();
        return pager.IsMissing ? ErrorReport.Print(PagerCommand.Missing()) : ExitCode.Success;
    }

    private static void Write(ReadOnlyMemory<byte> text, Stream stream)
    {
        try
        {
            using OutputStream output = new(stream);
            output.Bytes(text.Span);
        }
        catch (OutputClosedException)
        {
            // Whoever read it does not want more.
        }
    }
}
