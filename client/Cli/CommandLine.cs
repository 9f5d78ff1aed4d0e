using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli;

/// <summary>What every command shares: <c>--stats</c>, the context's life, errors.</summary>
public static class CommandLine
{
    private static readonly Option<bool> s_stats = new("--stats")
    {
        Description = "Print round trips, objects, bytes and cache hits at the end, on standard error.",
        Recursive = true,
    };

    // Ctrl-C cancels the command, which leaves everything in order, and gets so long for it.
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Runs one command line; errors are told on standard error.</summary>
    /// <returns>The exit code, an <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(Surroundings surroundings, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        ParseResult parse = CreateRoot(surroundings).Parse(arguments, new ParserConfiguration { EnablePosixBundling = true });
        if (parse.Errors.Count == 0)
        {
            return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = s_endTimeout }, cancellationToken);
        }

        foreach (ParseError error in parse.Errors)
        {
            await Console.Error.WriteLineAsync($"mr: {error.Message}");
        }

        string command = parse.CommandResult.Command is RootCommand ? "" : parse.CommandResult.Command.Name + " ";
        await Console.Error.WriteLineAsync($"hint: 'mr {command}--help' says what can be given.");
        return (int)ExitCode.Usage;
    }

    public static RootCommand CreateRoot(Surroundings surroundings)
    {
        RootCommand root = new("Source control for a very large repository: clones take metadata only, contents are fetched when they are needed.");
        root.Options.Add(s_stats);
        foreach (Command command in Commands.CommandList.Create(surroundings))
        {
            root.Subcommands.Add(command);
        }

        return root;
    }

    /// <summary>Sets what a command does; errors leave as messages and exit codes.</summary>
    public static Command Does(this Command command, Surroundings surroundings, Func<ParseResult, CommandContext, CancellationToken, Task<ExitCode>> action)
    {
        command.SetAction(async (parse, cancellationToken) => (int)await RunAsync(surroundings, parse, action, cancellationToken));
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        Surroundings surroundings, ParseResult parse, Func<ParseResult, CommandContext, CancellationToken, Task<ExitCode>> action, CancellationToken cancellationToken)
    {
        // System.CommandLine watches for signals only once the action has yielded.
        await Task.Yield();
        FetchStats stats = new();
        long start = Stopwatch.GetTimestamp();
        ExitCode code;
        try
        {
            await using CommandContext context = new(surroundings, stats);
            code = await action(parse, context, cancellationToken);
            context.Output.Flush();
        }
        catch (Exception e)
        {
            code = ErrorReport.Print(cancellationToken.IsCancellationRequested ? new OperationCanceledException() : e);
        }

        FetchReport report = stats.Snapshot();
        foreach (string reason in report.Fallbacks)
        {
            await Console.Error.WriteLineAsync($"note: contents came over gRPC: {reason}");
        }

        if (parse.GetValue(s_stats))
        {
            await Console.Error.WriteLineAsync($"stats: {report}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0.00} s in all");
        }

        return code;
    }
}
