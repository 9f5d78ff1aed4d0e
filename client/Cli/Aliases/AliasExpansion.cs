using System.CommandLine;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Aliases;

/// <summary>Puts the command line of an alias in the place of its name. Only names that no command has are looked up, so that no alias takes a command's place.</summary>
public static class AliasExpansion
{
    /// <summary>An alias of an alias of …: more than anybody can follow.</summary>
    private const int DepthMax = 10;

    /// <param name="arguments">As given.</param>
    /// <param name="root">All commands.</param>
    /// <param name="surroundings">Where aliases are found.</param>
    /// <exception cref="CommandException">An alias leads to itself.</exception>
    /// <exception cref="FormatException">A configuration can't be read, or quotes in an alias don't match.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> arguments, RootCommand root, Surroundings surroundings)
    {
        Settings? settings = null;
        List<string> met = [];
        while (FindName(arguments, root) is >= 0 and int at)
        {
            string name = arguments[at];
            settings ??= new Settings(surroundings.Settings, Clone.Find(surroundings.WorkingDirectory)?.Config);
            if (settings.Find(ConfigKeys.Alias(name)) is not { } alias)
            {
                break;
            }

            if (met.Contains(name, StringComparer.Ordinal) || met.Count == DepthMax)
            {
                throw new CommandException(
                    ExitCode.Usage, $"the alias '{met[0]}' leads to itself: {string.Join(" → ", met.Append(name))}.", $"'mr config unset {ConfigKeys.AliasPrefix}{name}' removes one ('{alias.Origin}').");
            }

            met.Add(name);
            arguments = [.. arguments.Take(at), .. CommandWords.Split(alias.Value), .. arguments.Skip(at + 1)];
        }

        return arguments;
    }

    // The first word that is no option, where it is no command either and may be an alias; else -1.
    private static int FindName(IReadOnlyList<string> arguments, RootCommand root)
    {
        for (int i = 0; i < arguments.Count; i++)
        {
            string word = arguments[i];
            if (!word.StartsWith('-'))
            {
                return ConfigKeys.IsAliasName(word) && !IsCommand(root, word) ? i : -1;
            }

            if (word == "--")
            {
                break;
            }

            i += GlobalOptions.TakesNext(word) ? 1 : 0;
        }

        return -1;
    }

    public static bool IsCommand(RootCommand root, string word) =>
        root.Subcommands.Any(c => string.Equals(c.Name, word, StringComparison.Ordinal) || c.Aliases.Contains(word));
}
