using System.CommandLine;
using System.Text;

namespace Monorepo.Cli.Help;

/// <summary>The generated parts of client/README.md: what stands between a marker that names a part and the next end marker.</summary>
public static class Manual
{
    private const string Begin = "<!-- generated: ";
    private const string End = "<!-- end of generated part -->";
    private const string MarkerEnd = " -->";
    private const string Commands = "commands";

    /// <summary>The text with its generated parts as they are now.</summary>
    /// <exception cref="FormatException">A marker names no part, or a part has no end.</exception>
    public static string Refresh(string text, RootCommand root)
    {
        StringBuilder fresh = new();
        int at = 0;
        int begin;
        while ((begin = text.IndexOf(Begin, at, StringComparison.Ordinal)) >= 0)
        {
            int nameEnd = text.IndexOf(MarkerEnd, begin, StringComparison.Ordinal);
            int end = text.IndexOf(End, begin, StringComparison.Ordinal);
            if (nameEnd < 0 || end < 0)
            {
                throw new FormatException($"The generated part at character {begin} has no end, which is '{End}'.");
            }

            fresh.Append(text, at, nameEnd + MarkerEnd.Length - at).Append("\n\n").Append(Generate(text[(begin + Begin.Length)..nameEnd], root).TrimEnd('\n')).Append("\n\n");
            at = end;
        }

        return fresh.Append(text, at, text.Length - at).ToString();
    }

    private static string Generate(string part, RootCommand root) => string.Equals(part, Commands, StringComparison.Ordinal)
        ? string.Concat(CommandHelp.Visible(root).Select(static c => $"### {c.Name}\n\n{CommandHelp.ToMarkdown(c)}")) + EveryCommand(root)
        : HelpTopics.Find(part)?.ToMarkdown() ?? throw new FormatException($"'{part}' is no part of the manual.");

    private static string EveryCommand(RootCommand root)
    {
        string[][] rows = [.. root.Options.Where(static o => o is { Hidden: false, Recursive: true } and not System.CommandLine.Help.HelpOption)
            .Select(static o => (string[])[$"`{o.Name}{(o.HelpName is { } value ? " " + value : "")}`", o.Description ?? ""])];
        return $"### Options of every command\n\n{new HelpTable(["", ""], rows).ToMarkdown()}";
    }
}
