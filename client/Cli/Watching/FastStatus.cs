using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Output;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Watching;

/// <summary>
/// <c>mr status</c> as most people run it most of the time: ask the watcher, print what it says. Called before the command line is parsed,
/// needs nothing of that, and does nothing that grows with the tree or the history.
/// </summary>
public static class FastStatus
{
    /// <summary>Null: this is for the command itself, which looks at every file. Nothing was printed then but, where there is something to say of it, a note.</summary>
    public static ExitCode? TryRun(ReadOnlySpan<string> arguments)
    {
        if (arguments is not ["status", ..] || !TryParse(arguments[1..], out StatusFormat format))
            return null;
        try
        {
            WatcherSetting setting = WatcherSetting.Read();
            if (setting.IsOff || WatcherPaths.Find(Environment.CurrentDirectory) is not { OfClone: not null } paths)
                return null;
            string ignoreFile = Surroundings.FindUserIgnoreFile(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
            if (setting.Asking(paths).Ask(ignoreFile) is not { } answer)
                return null;
            if (answer.Outcome == WatchOutcome.Done)
                return Print(answer, format, paths);
            if (answer.Message.Length > 0)
                Console.Error.WriteLine($"note: looking at every file: {answer.Message}");
            return null;
        }
        catch (Exception e) when (e is CommandException or FormatException)
        {
            // Said again where errors are printed.
            return null;
        }
    }

    private static ExitCode Print(StatusAnswer answer, StatusFormat format, WatcherPaths paths)
    {
        StatusResult status = WatchedStatus.ToResult(answer);
        StatusCommand.WarnOfUnreadable(status);
        try
        {
            using OutputStream output = new(Console.OpenStandardOutput(), () => ColorChoice.IsOn(paths.OfClone!));
            StatusPrinter.Write(output, format, answer.Head, status);
            output.Flush();
        }
        catch (OutputClosedException)
        {
            // Whoever read it does not want more.
        }

        return status.UnreadableCount == 0 ? ExitCode.Success : ExitCode.Disk;
    }

    private static bool TryParse(ReadOnlySpan<string> options, out StatusFormat format)
    {
        format = default;
        foreach (string option in options)
        {
            switch (option)
            {
                case "--porcelain":
                    format = format with { Porcelain = true };
                    break;
                case "-z":
                    format = format with { NulTerminated = true };
                    break;
                case "--branch" or "-b":
                    format = format with { Branch = true };
                    break;
                case "--json":
                    format = format with { Json = true };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
