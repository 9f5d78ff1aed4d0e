using System.CommandLine;
using System.Globalization;
using Monorepo.Cli.Output;
using Monorepo.Cli.Watching;
using Monorepo.Formats.Watching;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Watching;

namespace Monorepo.Cli.Commands.Watching;

/// <summary><c>mr watcher</c>: the process that knows what changes in a working copy.</summary>
public static class WatcherCommand
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>A first look at a million files that are not in the page cache takes some ten seconds.</summary>
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(120);

    private static readonly TimeSpan s_endPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(5);

    /// <summary>A log that is larger begins anew with the next watcher.</summary>
    private const int LogBytesMax = 1 << 20;

    public static Command Create(Surroundings surroundings) => new("watcher", "The process in the background that knows what changes in a working copy.")
    {
        CreateStart(surroundings), CreateStop(surroundings), CreateStatus(surroundings), CreateRun(surroundings), GitHookCommand.Create(surroundings),
    };

    /// <summary>The watcher's names for the directory that the command was started in.</summary>
    /// <exception cref="CommandException">It is in no clone and no git working tree.</exception>
    internal static WatcherPaths Find(Surroundings surroundings) => WatcherPaths.Find(surroundings.WorkingDirectory)
        ?? throw new CommandException(ExitCode.NotFound, $"'{surroundings.WorkingDirectory}' is neither in a clone nor in a git working tree.", "Run the command inside one.");

    private static Command CreateStart(Surroundings surroundings) => new Command("start", "Start it in the background and wait until it is ready.").Does(surroundings, async (_, context, cancellationToken) =>
    {
        WatcherPaths paths = Find(surroundings);
        WatcherClient client = new(paths);
        AskOutcome outcome = client.AskInfo(s_patience, out InfoAnswer? info);
        if (outcome != AskOutcome.Answered)
        {
            WatcherLauncher.Launch(paths, surroundings.Watcher with { IsOff = false }, outcome);
        }

        long deadline = Environment.TickCount64 + (long)s_startPatience.TotalMilliseconds;
        while (info is not { ReadyMs: > 0 } && info?.Problem is null)
        {
            if (Environment.TickCount64 > deadline)
            {
                throw new CommandException(ExitCode.Unavailable, $"the watcher is not ready after {s_startPatience.TotalSeconds:0} s.", $"Its log is '{paths.Log}'.");
            }

            await Task.Delay(s_step, cancellationToken);
            client.AskInfo(s_patience, out info);
        }

        if (info.Problem is not null)
        {
            throw new CommandException(ExitCode.Unavailable, $"the watcher can't watch: {info.Problem}.");
        }

        context.Output.Line($"Watching '{info.Root}', process {info.ProcessId}.");
        return ExitCode.Success;
    });

    private static Command CreateStop(Surroundings surroundings) => new Command("stop", "End it.").Does(surroundings, async (_, context, cancellationToken) =>
    {
        WatcherPaths paths = Find(surroundings);
        AskOutcome outcome = new WatcherClient(paths).Stop(s_patience);
        if (outcome == AskOutcome.NotThere)
        {
            context.Output.Line("No watcher runs here.");
            return ExitCode.Success;
        }

        long deadline = Environment.TickCount64 + (long)s_endPatience.TotalMilliseconds;
        while (outcome != AskOutcome.Answered || IsRunning(paths))
        {
            if (outcome != AskOutcome.Answered || Environment.TickCount64 > deadline)
            {
                throw new CommandException(ExitCode.Unavailable, $"the watcher, process {File.ReadAllText(paths.Lock).Trim()}, does not end.", "Commands do without it. 'kill -9' with that number ends it in any case.");
            }

            await Task.Delay(s_step, cancellationToken);
        }

        context.Output.Line("The watcher has ended.");
        return ExitCode.Success;
    });

    private static bool IsRunning(WatcherPaths paths)
    {
        using FileDescriptor? file = DurableFile.TryOpen(paths.Lock, OpenFlags.ReadWrite);
        return file is not null && !PosixFile.TryLockExclusive(file);
    }

    private static Command CreateStatus(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object.");
        return new Command("status", "How it is. Exits with 1 where none runs.") { json }.Does(surroundings, (parse, context, _) =>
        {
            WatcherPaths paths = Find(surroundings);
            AskOutcome outcome = new WatcherClient(paths).AskInfo(s_patience, out InfoAnswer? info);
            long differences = StatusVerification.Count(paths);
            if (parse.GetValue(json))
            {
                WriteJson(context, outcome, info, differences);
            }
            else
            {
                WriteText(context.Output, outcome, info, differences);
            }

            return Task.FromResult(info is null ? ExitCode.Negative : ExitCode.Success);
        });
    }

    private static void WriteText(OutputStream output, AskOutcome outcome, InfoAnswer? info, long differences)
    {
        if (info is null)
        {
            output.Line(outcome switch
            {
                AskOutcome.NotThere => "No watcher runs here.",
                AskOutcome.OtherVersion => "A watcher of another version runs here; the next command replaces it.",
                _ => "A watcher runs here and does not answer.",
            });
        }
        else
        {
            output.Line($"Watching '{info.Root}', process {info.ProcessId}, version {info.Program}, for {TimeSpan.FromMilliseconds(info.UptimeMs):d\\.hh\\:mm\\:ss}.");
            output.Line(info.ReadyMs > 0 ? $"Ready {info.ReadyMs} ms after its start." : "Not ready yet.");
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{info.Source}, {info.Watches:N0} directories, {info.MemoryBytes >> 20} MiB of memory."));
            output.Line(string.Create(CultureInfo.InvariantCulture, $"{info.Questions:N0} questions, {info.Commands:N0} of them commands, {info.Scans:N0} looks at everything, events lost {info.Restarts:N0} times{(info.LastLoss is null ? "" : $" (last: {info.LastLoss})")}."));
            if (info.Problem is not null)
            {
                output.Line($"It can't watch now: {info.Problem}.");
            }
        }

        output.Line(string.Create(CultureInfo.InvariantCulture, $"{differences:N0} differences found by 'mr status --verify'."));
    }

    private static void WriteJson(CommandContext context, AskOutcome outcome, InfoAnswer? info, long differences)
    {
        context.Output.JsonObject(json =>
        {
            json.WriteString("state", info is not null ? info.Problem is not null ? "blind" : info.ReadyMs > 0 ? "ready" : "starting" : outcome switch
            {
                AskOutcome.NotThere => "none",
                AskOutcome.OtherVersion => "otherVersion",
                _ => "silent",
            });
            if (info is not null)
            {
                json.WriteNumber("processId", info.ProcessId);
                json.WriteString("version", info.Program);
                json.WriteString("root", info.Root);
                json.WriteString("source", info.Source);
                json.WriteString("problem", info.Problem);
                json.WriteString("lastLoss", info.LastLoss);
                json.WriteNumber("watches", info.Watches);
                json.WriteNumber("restarts", info.Restarts);
                json.WriteNumber("questions", info.Questions);
                json.WriteNumber("commands", info.Commands);
                json.WriteNumber("scans", info.Scans);
                json.WriteNumber("entries", info.Entries);
                json.WriteNumber("memoryBytes", info.MemoryBytes);
                json.WriteNumber("uptimeMs", info.UptimeMs);
                json.WriteNumber("readyMs", info.ReadyMs);
            }

            json.WriteNumber("differences", differences);
        });
    }

    private static Command CreateRun(Surroundings surroundings)
    {
        Option<bool> background = new(WatcherLauncher.BackgroundOption) { Hidden = true };
        Option<string> source = new("--source") { Description = "Where events come from.", DefaultValueFactory = static _ => "inotify" };
        source.AcceptOnlyFromAmong("inotify", "portable");
        return new Command("run", "Be it, in the foreground, until Ctrl-C.") { background, source }.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            WatcherPaths paths = Find(surroundings);
            bool isBackground = parse.GetValue(background);
            if (isBackground)
            {
                Detach(paths);
            }

            using CommandRunner runner = new(surroundings);
            WatcherOptions options = new()
            {
                Version = typeof(WatcherCommand).Assembly.GetName().Version?.ToString(3) ?? "",
                Source = WatcherSetting.Parse("--source", parse.GetValue(source)).Source,
                UserIgnoreFile = surroundings.GlobalIgnoreFile,
                RunCommand = runner.Run,
            };

            // One of another version may be about to end.
            long deadline = Environment.TickCount64 + (isBackground ? (long)s_endPatience.TotalMilliseconds : 0);
            WatcherService? service;
            while ((service = WatcherService.TryStart(paths, options)) is null && Environment.TickCount64 < deadline && new WatcherClient(paths).AskInfo(s_patience, out _) != AskOutcome.Answered)
            {
                await Task.Delay(s_step, cancellationToken);
            }

            if (service is null)
            {
                throw new CommandException(ExitCode.Conflict, $"another watcher runs in '{paths.Root}'.", "'mr watcher status' says more, 'mr watcher stop' ends it.");
            }

            using (service)
            {
                context.Output.Line($"Watching '{paths.Root}'.");
                context.Output.Flush();
                service.WaitForEnd(cancellationToken);
            }

            return ExitCode.Success;
        });
    }

    private static void Detach(WatcherPaths paths)
    {
        paths.CreateFolder();
        if (new FileInfo(paths.Log) is { Exists: true, Length: > LogBytesMax })
        {
            File.Delete(paths.Log);
        }

        using FileDescriptor log = DurableFile.Open(paths.Log, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append);
        BackgroundProcess.Detach(log);
    }
}
