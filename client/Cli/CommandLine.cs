using System.CommandLine;
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
