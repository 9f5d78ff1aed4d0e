using System.CommandLine;
using Monorepo.Cli.Help;

namespace Monorepo.Cli.Commands.Setup;

/// <summary><c>mr help</c>: commands and topics.</summary>
public static class HelpCommand
{
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> about = new("COMMAND|TOPIC") { Description = "What to read about.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> refresh = new("--refresh-manual") { Description = "Write the generated parts of a manual anew.", HelpName = "FILE", Hidden = true };
        Command command = new("help", "Explain a command, or a topic: revisions, configuration, environment, exit-codes, git-to-mr.") { about, refresh };
        return command.Does(surroundings, async (parse, context, cancellationToken) =>
        {
            RootCommand root = CommandLine.CreateRoot(surroundings);
            if (parse.GetValue(refresh) is { } file)
            {
                await File.WriteAllTextAsync(file, Manual.Refresh(await File.ReadAllTextAsync(file, cancellationToken), root), cancellationToken);
                return ExitCode.Success;
            }

            string[] words = parse.GetValue(about) ?? [];
            context.Output.Text(words.Length == 0 ? CommandHelp.Overview(root) : Explain(root, words));
            return ExitCode.Success;
        });
    }

    private static string Explain(RootCommand root, string[] words)
    {
        if (words is [var name] && HelpTopics.Find(name) is { } topic)
        {
            return topic.ToText();
        }

        return CommandHelp.Find(root, words) is not null
            ? CommandHelp.ToText(root, words)
            : throw new CommandException(ExitCode.NotFound, $"'{string.Join(' ', words)}' is neither a command nor a topic.", "'mr help' lists both.");
    }
}
