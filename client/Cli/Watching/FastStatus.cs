using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Output;
using Monorepo.Formats.Watching;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.Unfinished;
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
            if (setting.IsOff || WatcherPaths.Find(Environment.CurrentDirectory) is not { OfClone: { } clone } paths)
                return null;
            string ignoreFile = Surroundings.FindUserIgnoreFile(Surroundings.FindHome());
            if (setting.Asking(paths).Ask(ignoreFile) is not { } answer)
                return null;
            if (answer.Outcome == WatchOutcome.Done)
                return Print(answer, format, clone);
            if (answer.Message.Length > 0)
                Console.Error.WriteLine($"note: looking at every file: {answer.Message}");
            return null;
        }
        catch (Exception e) when (e is CommandException or CorruptHistoryException or FormatException or SparseException)
        {
            // Said again where errors are printed.
            return null;
        }
    }

    private static ExitCode Print(StatusAnswer answer, StatusFormat format, ClonePaths clone)
    {
        StatusResult status = WatchedStatus.ToResult(answer);
        StatusCommand.WarnOfUnreadable(status);
        SparseRules? sparse = FindRules(clone, format, status);
        try
        {
            using OutputStream output = new(Console.OpenStandardOutput(), () => ColorChoice.IsOn(clone));
            StatusPrinter.Write(output, format, answer.Head, status, new OperationFiles(clone.State).Load(), sparse);
            output.Flush();
        }
        catch (OutputClosedException)
        {
            // Whoever read it does not want more.
        }

        return status.UnreadableCount == 0 ? ExitCode.Success : ExitCode.Disk;
    }

    // Only for what says more of untracked files.
    private static SparseRules? FindRules(ClonePaths clone, StatusFormat format, StatusResult status)
    {
        bool isAsked = (format.Json || (!format.Porcelain && !format.NulTerminated)) && status.Entries.Any(static e => e.Code == StatusCode.Untracked);
        return isAsked ? SparseState.Find(clone)?.Rules : null;
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
