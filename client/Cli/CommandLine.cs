using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Monorepo.Cli.Aliases;
using Monorepo.Cli.Commands;
using Monorepo.Cli.Output;
using Monorepo.Cli.Paging;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli;

/// <summary>What every command shares: <c>--stats</c>, the context's life, errors.</summary>
public static class CommandLine
{
    private static readonly Option<bool> s_stats = new("--stats")
    {
        Description = "Print at the end, on standard error, what was fetched and what was here: round trips, objects, bytes. --stats=json: as one JSON object.",
        Recursive = true,
    };

    // The parser would take the word behind an option with an optional value for that value.
    private static readonly Option<bool> s_statsJson = new("--stats-json") { Hidden = true, Recursive = true };

    private static readonly Option<long?> s_maxFetch = new("--max-fetch")
    {
        Description = $"Fetch at most this much ({ByteSize.Examples}); what is known to need more is refused before it starts. Default: the setting maxFetch.",
        HelpName = "SIZE",
        Recursive = true,
        CustomParser = static result =>
        {
            if (ByteSize.TryParse(result.Tokens[0].Value, out long bytes))
            {
                return bytes;
            }

            result.AddError($"--max-fetch takes a size such as {ByteSize.Examples}.");
            return null;
        },
    };

    // Ctrl-C cancels the command, which leaves everything in order, and gets so long for it.
    private static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(10);

    // While a pager has the terminal, its end is what counts: two programs can't share one.
    private static readonly TimeSpan s_pagedEndTimeout = TimeSpan.FromHours(12);

    /// <summary>Runs one command line; errors are told on standard error.</summary>
    /// <returns>The exit code, an <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(Surroundings surroundings, IReadOnlyList<string> arguments, CancellationToken cancellationToken = default)
    {
        try
        {
            arguments = AliasExpansion.Expand(arguments, surroundings);
        }
        catch (Exception e) when (e is CommandException or FormatException or IOException or UnauthorizedAccessException)
        {
            return (int)ErrorReport.Print(e);
        }

        ParseResult parse = CreateFor(arguments, surroundings).Parse(Prepare(arguments), new ParserConfiguration { EnablePosixBundling = true });
        if (parse.Errors.Count == 0)
        {
            return await parse.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = MayPage(surroundings, parse) ? s_pagedEndTimeout : s_endTimeout }, cancellationToken);
        }

        foreach (ParseError error in parse.Errors)
        {
            await Console.Error.WriteLineAsync($"mr: {error.Message}");
        }

        await Console.Error.WriteLineAsync($"hint: '{WordsOf(parse.CommandResult)} --help' says what can be given.");
        return (int)ExitCode.Usage;
    }

    // What leads to a command; the root is the program, whatever its file is called.
    private static string WordsOf(CommandResult result) => result.Parent is CommandResult parent ? $"{WordsOf(parent)} {result.Command.Name}" : "mr";

    // What the parser does not take as people write it: --stats=json beside --stats, and values that are empty.
    private static List<string> Prepare(IReadOnlyList<string> arguments)
    {
        List<string> prepared = new(arguments.Count);
        bool isOver = false;
        bool printsChanges = false;
        foreach (string argument in arguments)
        {
            isOver |= argument == "--";
            printsChanges |= ChangeOptions.AreOf(argument);
            if (!isOver && printsChanges && ChangeOptions.Expand(argument) is { } forms)
            {
                prepared.AddRange(forms);
            }
            else if (isOver || !argument.StartsWith("--", StringComparison.Ordinal))
            {
                prepared.Add(argument);
            }
            else if (argument == "--stats=json")
            {
                prepared.Add("--stats-json");
            }
            else if (GlobalOptions.Expand(argument) is { } longer)
            {
                prepared.Add(longer);
            }
            else if (argument.EndsWith('=') && argument.IndexOf('=', StringComparison.Ordinal) == argument.Length - 1)
            {
                prepared.AddRange([argument[..^1], ""]);
            }
            else
            {
                prepared.Add(argument);
            }
        }

        return prepared;
    }

    /// <summary>Everything that can be given.</summary>
    public static RootCommand CreateRoot(Surroundings surroundings)
    {
        RootCommand root = new("Source control for a very large repository: clones take metadata only, contents are fetched when they are needed.");
        AddTo(root, CommandList.Create(surroundings));
        return root;
    }

    // Making every command, and what explains them, takes longer than many a command does: who names one and does not ask for help gets that one.
    private static Command CreateFor(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        if (arguments.Any(MayAskForHelp) || AliasExpansion.FindWord(arguments) is not (>= 0 and int at) || CommandList.Create(arguments[at], surroundings) is not { } command)
        {
            return CreateRoot(surroundings);
        }

        Command root = new("mr");
        AddTo(root, [command]);
        return root;
    }

    // As the parser's own option is called, which may also be among others behind one dash.
    private static bool MayAskForHelp(string argument) =>
        argument is "--help" or "/h" or "/?" || (argument.StartsWith('-') && !argument.StartsWith("--", StringComparison.Ordinal) && argument.AsSpan().ContainsAny('h', '?'));

    private static void AddTo(Command root, IEnumerable<Command> commands)
    {
        root.Options.Add(s_stats);
        root.Options.Add(s_statsJson);
        root.Options.Add(s_maxFetch);
        GlobalOptions.AddTo(root);
        foreach (Command command in commands)
        {
            root.Subcommands.Add(command);
        }
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
        OperationCommand.Begin(ShellWords.Join(parse.Tokens.Select(static t => t.Value).Prepend("mr")));
        FetchStats stats = new();
        long start = Stopwatch.GetTimestamp();
        ExitCode code;
        PagerStream? pager = null;
        try
        {
            Surroundings given = surroundings with { Settings = surroundings.Settings.With(GlobalOptions.Read(parse)) };
            pager = MayPage(given, parse) && PagerCommand.Find(given) is { } program ? new PagerStream(program) : null;
            await using CommandContext context = new(pager is null ? given : given with { OpenOutput = () => pager }, stats) { MaxFetchBytes = parse.GetValue(s_maxFetch) };
            try
            {
                code = await action(parse, context, cancellationToken);
                context.Output.Flush();
            }
            catch (ObjectsMissingException e)
            {
                // While the clone and what was read of it are there.
                throw MissingObjectsReport.Explain(context, e);
            }
            finally
            {
                // Before an error is told: it would go under in what the pager shows.
                ClosePager(context, pager);
            }
        }
        catch (Exception e)
        {
            code = ErrorReport.Print(cancellationToken.IsCancellationRequested ? new OperationCanceledException() : e);
        }

        if (pager is { IsMissing: true })
        {
            code = ErrorReport.Print(PagerCommand.Missing());
        }

        FetchReport report = stats.Snapshot();
        foreach (string reason in report.Fallbacks)
        {
            await Console.Error.WriteLineAsync($"note: contents came another way: {reason}");
        }

        if (parse.GetValue(s_statsJson) || (parse.GetValue(s_stats) && IsJson(parse)))
        {
            await Console.Error.WriteLineAsync(FetchLedger.ToJson(report, Stopwatch.GetElapsedTime(start)));
        }
        else if (parse.GetValue(s_stats))
        {
            await Console.Error.WriteLineAsync($"stats: {FetchLedger.ToText(report, Stopwatch.GetElapsedTime(start))}");
        }

        return code;
    }

    private static bool MayPage(Surroundings surroundings, ParseResult parse) => surroundings.OutputIsTerminal && PagerCommand.IsPaged(parse.CommandResult.Command.Name);

    private static void ClosePager(CommandContext context, PagerStream? pager)
    {
        if (pager is null)
        {
            return;
        }

        try
        {
            context.Output.Flush();
        }
        catch (OutputClosedException)
        {
            // It was left early: that is what pagers are for.
        }

        pager.Dispose();
    }

    // A command that was asked for JSON tells its ledger in the same language.
    private static bool IsJson(ParseResult parse) =>
        parse.CommandResult.Command.Options.FirstOrDefault(static o => o.Name == "--json") is Option<bool> json && parse.GetValue(json);
}
