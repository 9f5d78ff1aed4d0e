using System.CommandLine;
using System.Text;

namespace Monorepo.Cli.Help;

/// <summary>The manual's words on commands, from their definitions.</summary>
public static class CommandHelp
{
    private const int SummaryColumnsMax = 80;

    /// <summary>Commands that people type, in the help's order.</summary>
    public static IEnumerable<Command> Visible(Command parent) => parent.Subcommands.Where(static c => !c.Hidden);

    /// <summary>A command, or one of its own: <c>config</c>, <c>config set</c>; null: there is none.</summary>
    public static Command? Find(Command root, IEnumerable<string> words)
    {
        Command? found = root;
        foreach (string word in words)
        {
            found = found?.Subcommands.FirstOrDefault(c => string.Equals(c.Name, word, StringComparison.Ordinal) || c.Aliases.Contains(word));
        }

        return found;
    }

    /// <summary>What <c>mr COMMAND --help</c> prints.</summary>
    public static string ToText(RootCommand root, IReadOnlyList<string> words)
    {
        using StringWriter text = new();
        root.Parse([.. words, "--help"]).Invoke(new InvocationConfiguration { Output = text });
        return text.ToString().TrimEnd() + "\n";
    }

    /// <summary>All commands and topics, a line each.</summary>
    public static string Overview(Command root)
    {
        HelpTable commands = new(["", ""], [.. Visible(root).Select(static c => (string[])[c.Name, Summary(c.Description)])]);
        HelpTable topics = new(["", ""], [.. HelpTopics.All.Select(static t => (string[])[t.Name, t.Summary])]);
        return $"Commands: 'mr help COMMAND' says more of each.\n\n{commands.ToText()}\nTopics: 'mr help TOPIC'.\n\n{topics.ToText()}";
    }

    /// <summary>A command with its arguments and options as a section of Markdown; then those of its own commands.</summary>
    public static string ToMarkdown(Command command, string prefix = "mr")
    {
        StringBuilder text = new();
        string name = $"{prefix} {command.Name}";
        string usage = string.Concat(command.Arguments.Where(static a => !a.Hidden).Select(Usage));
        text.Append($"`{name}{usage}`: {command.Description}\n\n");
        string[][] rows =
        [
            .. command.Arguments.Where(static a => !a.Hidden && a.Description is not null).Select(static a => (string[])[$"`{a.Name}`", a.Description!]),
            .. command.Options.Where(static o => !o.Hidden && o is not System.CommandLine.Help.HelpOption).Select(static o => (string[])[Names(o), o.Description ?? ""]),
        ];
        if (rows.Length > 0)
        {
            text.Append(new HelpTable(["", ""], rows).ToMarkdown()).Append('\n');
        }

        foreach (Command child in Visible(command))
        {
            text.Append(ToMarkdown(child, name));
        }

        return text.ToString();
    }

    private static string Usage(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? $" [{name}]" : $" {name}";
    }

    private static string Names(Option option)
    {
        string value = option.HelpName is { } name ? " " + name : "";
        return string.Join(", ", option.Aliases.Prepend(option.Name).OrderBy(static n => n.Length).Select(n => $"`{n}{value}`"));
    }

    // The first sentence.
    private static string Summary(string? description)
    {
        string text = description ?? "";
        int end = text.IndexOf(". ", StringComparison.Ordinal);
        text = end < 0 ? text.TrimEnd('.') : text[..end];
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        return text.Length > SummaryColumnsMax && colon > 0 ? text[..colon] : text;
    }
}
