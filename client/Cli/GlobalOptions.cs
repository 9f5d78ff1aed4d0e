using System.CommandLine;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Cli;

/// <summary>Settings of one command: <c>--config</c>, <c>--color</c>, <c>--no-pager</c>. Every command takes them.</summary>
public static class GlobalOptions
{
    private const string ConfigName = "--config";
    private const string ColorName = "--color";

    private const int SuggestedEditsMax = 2;

    private static readonly Option<string[]> s_config = new(ConfigName)
    {
        Description = "Set this for this command only; may be given again. 'mr help configuration' lists the keys.",
        HelpName = "KEY=VALUE",
        Recursive = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private static readonly Option<string?> s_color = new(ColorName) { Description = "Colours: auto, always or never; --color alone: always.", HelpName = "WHEN", Recursive = true };

    private static readonly Option<bool> s_noPager = new("--no-pager") { Description = "Print at once, through no pager.", Recursive = true };

    public static void AddTo(Command root)
    {
        root.Options.Add(s_config);
        root.Options.Add(s_color);
        root.Options.Add(s_noPager);
    }

    /// <summary>Whether the word behind an option of every command is its value.</summary>
    public static bool TakesNext(string option) => option is ConfigName or "--max-fetch";

    /// <summary>How the parser takes an option that people may write shorter; null: as it is.</summary>
    public static string? Expand(string option) => option switch
    {
        ColorName => ColorName + "=always",
        "--no-color" => ColorName + "=never",
        _ => null,
    };

    /// <summary>What the command line sets, the stronger first.</summary>
    /// <exception cref="CommandException">There is no such key.</exception>
    /// <exception cref="ConfigException">A value is not of its key's form.</exception>
    public static IEnumerable<Setting> Read(ParseResult parse)
    {
        List<Setting> given = [];
        if (parse.GetValue(s_noPager))
        {
            given.Add(new Setting(ConfigKeys.Pager, "cat", ConfigLayer.CommandLine, "--no-pager"));
        }

        if (parse.GetValue(s_color) is { } color)
        {
            Add(ConfigKeys.Color, color, ColorName);
        }

        foreach (string text in Enumerable.Reverse(parse.GetValue(s_config) ?? []))
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new CommandException(ExitCode.Usage, $"'{text}' sets nothing.", "It looks like --config color=never.");
            }

            Add(Find(text[..equals]), text[(equals + 1)..], ConfigName);
        }

        return given;

        void Add(ConfigKey key, string value, string origin)
        {
            key.Check(value, origin);
            given.Add(new Setting(key, value, ConfigLayer.CommandLine, origin));
        }
    }

    /// <exception cref="CommandException">There is no such key.</exception>
    public static ConfigKey Find(string name) => ConfigKeys.Find(name)
        ?? throw new CommandException(ExitCode.NotFound, $"'{name}' is no setting.", Suggest(name) is { } near ? $"Did you mean '{near}'? 'mr help configuration' lists them." : "'mr help configuration' lists them.");

    private static string? Suggest(string name) => ConfigKeys.All
        .Select(k => (k.Name, Distance: RefSuggestions.Distance(name, k.Name, SuggestedEditsMax)))
        .Where(static c => c.Distance <= SuggestedEditsMax).OrderBy(static c => c.Distance).Select(static c => c.Name).FirstOrDefault();
}
