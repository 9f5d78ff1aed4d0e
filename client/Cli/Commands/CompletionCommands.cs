using System.CommandLine;
using System.CommandLine.Completions;
using Monorepo.Cli.Completion;

namespace Monorepo.Cli.Commands;

/// <summary><c>mr completion SHELL</c>, and <c>mr __complete</c>, which the scripts ask at each press of the key.</summary>
public static class CompletionCommands
{
    /// <summary>Prints a shell's script.</summary>
    public static Command CreateScript(Surroundings surroundings)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong([.. ShellScripts.ByShell.Keys]);
        Command command = new("completion", "Print the script that completes mr's commands, options and refs in a shell.") { shell };
        return command.Does(surroundings, (parse, context, _) =>
        {
            // Behind "--" the parser takes any word.
            string name = parse.GetValue(shell)!;
            context.Output.Text(ShellScripts.ByShell.GetValueOrDefault(name) ?? throw new CommandException(ExitCode.Usage, $"there is no script for '{name}'.", $"There are some for {string.Join(", ", ShellScripts.ByShell.Keys)}."));
            return Task.FromResult(ExitCode.Success);
        });
    }

    /// <summary>Prints what the last word may become: a name, a tab and what it is, a line each. Never fails: a shell has nobody to tell.</summary>
    public static Command CreateAnswer(Surroundings surroundings)
    {
        Argument<string[]> words = new("WORD") { Description = "The words after mr, up to the one to complete.", Arity = ArgumentArity.ZeroOrMore };
        Command command = new("__complete", "Answer a shell.") { words };
        command.Hidden = true;
        return command.Does(surroundings, (parse, context, _) =>
        {
            RootCommand root = CommandLine.CreateRoot(surroundings);
            RevisionNames.AddTo(root, surroundings);
            string[] given = parse.GetValue(words)!;
            string last = given.Length == 0 ? "" : given[^1];
            foreach (CompletionItem item in root.Parse(given).GetCompletions())
            {
                // Options where a dash was typed; the parser's other spellings of --help never.
                bool isOption = item.Label.StartsWith('-');
                if (item.Label.StartsWith(last, StringComparison.Ordinal) && (last.Length > 0 || !isOption) && !item.Label.StartsWith('/'))
                {
                    context.Output.Line($"{item.Label}\t{FirstSentence(item.Detail)}");
                }
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static string FirstSentence(string? text) => text is null ? "" : text.Split('\n', 2)[0].Split(". ", 2)[0].TrimEnd('.');
}
