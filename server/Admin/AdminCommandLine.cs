using System.CommandLine;
using System.CommandLine.Parsing;
using Monorepo.Admin.Commands;

namespace Monorepo.Admin;

/// <summary><c>mr-admin</c> from its arguments to its exit code.</summary>
public static class AdminCommandLine
{
    /// <summary>How long a command may take to stop in order after Ctrl-C: it finishes at most the batches being written.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs a command line. Results go to <paramref name="output"/>, progress and errors to <paramref name="errors"/>.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        RootCommand root = new("Administers monorepo data and servers.");
        root.Subcommands.Add(ImportCommand.Create());
        root.Subcommands.Add(ExportCommand.Create());
        root.Subcommands.Add(ReposCommand.Create());
        root.Subcommands.Add(RefsCommand.Create());
        root.Subcommands.Add(CompactCommand.Create());
        root.Subcommands.Add(WarmCommand.Create());
        root.Subcommands.Add(CacheCommand.Create());
        root.Subcommands.Add(StatsCommand.Create());
        root.Subcommands.Add(AccessLogCommand.Create());
        ParseResult parse = root.Parse(arguments);
        if (parse.Errors.Count > 0)
        {
            foreach (ParseError error in parse.Errors)
                await errors.WriteLineAsync($"mr-admin: {error.Message}");
            string command = parse.CommandResult.Command is RootCommand ? "" : parse.CommandResult.Command.Name + " ";
            await errors.WriteLineAsync($"hint: 'mr-admin {command}--help' says what can be given.");
            return (int)ExitCode.Usage;
        }

        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = StopTimeout,
        };
        return await parse.InvokeAsync(invocation);
    }

    /// <summary>Sets what a command does; failures leave as messages and exit codes.</summary>
    internal static Command Does(this Command command, Func<ParseResult, CancellationToken, Task> action)
    {
        command.SetAction(async (parse, cancellationToken) =>
        {
            try
            {
                // The library starts to listen for signals when the action first waits; until then Ctrl-C would just kill us.
                await Task.Yield();
                await action(parse, cancellationToken);
                return (int)ExitCode.Success;
            }
#pragma warning disable CA1031 // The last stop of every failure: ErrorReport says what it means.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // A cancelled call may fail in any way before it notices why.
                Exception cause = cancellationToken.IsCancellationRequested ? new OperationCanceledException(cancellationToken) : e;
                return (int)ErrorReport.Print(cause, parse.InvocationConfiguration.Error);
            }
        });
        return command;
    }
}
