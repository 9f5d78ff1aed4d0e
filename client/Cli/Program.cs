using System.CommandLine;
using System.CommandLine.Parsing;
using Monorepo.Cli;

ParseResult parse = CommandLine.CreateRoot(Surroundings.Read()).Parse(args, new ParserConfiguration { EnablePosixBundling = true });
if (parse.Errors.Count > 0)
{
    foreach (ParseError error in parse.Errors)
    {
        await Console.Error.WriteLineAsync($"mr: {error.Message}");
    }

    string command = parse.CommandResult.Command is RootCommand ? "" : parse.CommandResult.Command.Name + " ";
    await Console.Error.WriteLineAsync($"hint: 'mr {command}--help' says what can be given.");
    return (int)ExitCode.Usage;
}

// Ctrl-C cancels the command, which leaves everything in order, and gets as long for it as it takes.
return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
