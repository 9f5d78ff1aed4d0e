using System.CommandLine;
using Monorepo.Cli.Aliases;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Commands.Setup;

/// <summary><c>mr config</c>: settings of the machine, the user and the clone.</summary>
public sealed class ConfigCommand
{
    private readonly Option<bool> _system = new("--system") { Description = "The machine's file.", Recursive = true };
    private readonly Option<bool> _user = new("--user", "--global") { Description = "Your file, for all clones.", Recursive = true };
    private readonly Option<bool> _clone = new("--clone", "--local") { Description = "The clone's file. set and unset change it unless another is named.", Recursive = true };
    private readonly Option<bool> _origin = new("--show-origin") { Description = "Where each setting is made, in front of it, and those that a stronger one hides." };
    private readonly Option<bool> _json = Options.Json("One JSON object a line: key, value, layer, origin, and whether it counts.");

    private ConfigCommand()
    {
    }

    public static Command Create(Surroundings surroundings)
    {
        ConfigCommand options = new();
        Argument<string> key = new("KEY") { Description = "A setting; 'mr help configuration' lists them." };
        Argument<string> value = new("VALUE") { Description = "What it is from now on." };
        Command get = new Command("get", "Print a setting that counts. Exits with 1 where nobody makes it.") { key }
            .Does(surroundings, (parse, context, _) => Task.FromResult(options.Get(parse, context, GlobalOptions.Find(parse.GetValue(key)!))));
        Command set = new Command("set", "Make a setting.") { key, value }
            .Does(surroundings, (parse, context, _) => Task.FromResult(options.Set(parse, context, GlobalOptions.Find(parse.GetValue(key)!), parse.GetValue(value)!)));
        Command unset = new Command("unset", "Remove a setting. Exits with 1 where it is not made.") { key }
            .Does(surroundings, (parse, context, _) => Task.FromResult(options.Unset(parse, context, GlobalOptions.Find(parse.GetValue(key)!))));
        Command list = new Command("list", "Print what is set: KEY=VALUE, a line each.") { options._origin, options._json }
            .Does(surroundings, (parse, context, _) => Task.FromResult(options.List(parse, context)));
        return new Command("config", "Read and change settings: of the machine, of yourself, of a clone. The clone's are stronger than yours, yours than the machine's.")
        {
            options._system, options._user, options._clone, get, set, unset, list,
        };
    }

    private ExitCode Get(ParseResult parse, CommandContext context, ConfigKey key)
    {
        string? value = Named(parse) is { } layer ? FileOf(context, layer).Find(key) : context.Settings.ValueOf(key);
        if (value is null)
        {
            return ExitCode.Negative;
        }

        context.Output.Line(value);
        return ExitCode.Success;
    }

    private ExitCode Set(ParseResult parse, CommandContext context, ConfigKey key, string value)
    {
        ConfigLayer layer = Writable(parse, context, key);
        if (key.Name.StartsWith(ConfigKeys.AliasPrefix, StringComparison.Ordinal))
        {
            CheckAlias(context, key.Name[ConfigKeys.AliasPrefix.Length..], value);
        }

        ConfigFile.Change(PathOf(context, layer), key, value);
        try
        {
            if (context.Settings.Find(key) is { } counting && counting.Layer > layer)
            {
                Console.Error.WriteLine($"note: {counting.Origin} is stronger and says '{counting.Value}'.");
            }
        }
        catch (ConfigException e)
        {
            // Something else is wrong; this is set all the same.
            Console.Error.WriteLine($"warning: {e.Message}");
        }

        return ExitCode.Success;
    }

    private ExitCode Unset(ParseResult parse, CommandContext context, ConfigKey key)
    {
        ConfigLayer layer = Writable(parse, context, key);
        if (key == ConfigKeys.Url)
        {
            throw new CommandException(ExitCode.Usage, "a clone needs its address.", "'mr remote set-url URL' names another one.");
        }

        return ConfigFile.Change(PathOf(context, layer), key, null) ? ExitCode.Success : ExitCode.Negative;
    }

    private ExitCode List(ParseResult parse, CommandContext context)
    {
        ConfigLayer? layer = Named(parse);
        IReadOnlyList<Setting> all = context.Settings.List();
        Setting[] shown = [.. all.Where(s => layer is null || s.Layer == layer)];
        bool everything = parse.GetValue(_origin) || parse.GetValue(_json);
        for (int i = 0; i < shown.Length; i++)
        {
            Setting setting = shown[i];
            bool counts = !all.SkipWhile(s => s != setting).Skip(1).Any(s => string.Equals(s.Key.Name, setting.Key.Name, StringComparison.Ordinal));
            if (parse.GetValue(_json))
            {
                WriteJson(context.Output, setting, counts);
            }
            else if (everything || counts || layer is not null)
            {
                context.Output.Line($"{(everything ? setting.Origin + "\t" : "")}{setting.Key.Name}={setting.Value}{(counts || !everything ? "" : "\t(hidden)")}");
            }
        }

        WarnOfUnknown(context.Settings.OfSystem);
        WarnOfUnknown(context.Settings.OfUser);
        return ExitCode.Success;
    }

    private static void WarnOfUnknown(ConfigFile? file)
    {
        foreach (string name in file?.Unknown ?? [])
        {
            Console.Error.WriteLine($"warning: '{name}' in '{file!.Path}' is no setting of this program.");
        }
    }

    private static void CheckAlias(CommandContext context, string name, string value)
    {
        if (CommandList.Contains(name))
        {
            throw new CommandException(ExitCode.Usage, $"'{name}' is a command of mr, and no alias can take its place.", "Choose another name.");
        }

        if (CommandWords.Split(value) is ["mr", ..])
        {
            throw new CommandException(ExitCode.Usage, $"'{value}' begins with 'mr', which stands there already.", $"'mr config set alias.{name} \"{value.Trim()[2..].TrimStart()}\"'.");
        }
    }

    /// <summary>The layer that a change is for: the one that is named; in a clone its own; else the user's.</summary>
    private ConfigLayer Writable(ParseResult parse, CommandContext context, ConfigKey key)
    {
        ConfigLayer layer = Named(parse) ?? (Clone.Find(context.Surroundings.WorkingDirectory) is null ? ConfigLayer.User : ConfigLayer.Clone);
        return key.IsOfClone && layer != ConfigLayer.Clone
            ? throw new CommandException(ExitCode.Usage, $"'{key.Name}' belongs into a clone's configuration.", "Run this inside a clone, with --clone.")
            : layer;
    }

    private ConfigLayer? Named(ParseResult parse)
    {
        ConfigLayer[] named =
        [
            .. parse.GetValue(_system) ? [ConfigLayer.System] : (ConfigLayer[])[],
            .. parse.GetValue(_user) ? [ConfigLayer.User] : (ConfigLayer[])[],
            .. parse.GetValue(_clone) ? [ConfigLayer.Clone] : (ConfigLayer[])[],
        ];
        return named.Length > 1 ? throw new CommandException(ExitCode.Usage, "--system, --user and --clone can't be combined.") : named is [ConfigLayer one] ? one : null;
    }

    private static ConfigFile FileOf(CommandContext context, ConfigLayer layer) => ConfigFile.Load(PathOf(context, layer), layer);

    private static string PathOf(CommandContext context, ConfigLayer layer) => (layer switch
    {
        ConfigLayer.System => context.Surroundings.Settings.SystemFile,
        ConfigLayer.User => context.Surroundings.Settings.UserFile,
        _ => Clone.Find(context.Surroundings.WorkingDirectory)?.Config,
    }) ?? throw new CommandException(ExitCode.NotFound, "there is no clone here to have settings.", "Run this inside a clone, or give --user.");

    private static void WriteJson(OutputStream output, Setting setting, bool counts)
    {
        output.JsonObject(json =>
        {
            json.WriteString("key", setting.Key.Name);
            json.WriteString("value", setting.Value);
            json.WriteString("layer", setting.Layer switch
            {
                ConfigLayer.System => "system",
                ConfigLayer.User => "user",
                ConfigLayer.Clone => "clone",
                ConfigLayer.Environment => "environment",
                _ => "commandLine",
            });
            json.WriteString("origin", setting.Origin);
            json.WriteBoolean("counts", counts);
        });
    }
}
