using Monorepo.Cli.Commands;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Aliases;

/// <summary>Puts the command line of an alias in the place of its name. Only names that no command has are looked up, so that no alias takes a command's place.</summary>
public static class AliasExpansion
{
    /// <summary>An alias of an alias of …: more than anybody can follow.</summary>
    private const int DepthMax = 10;

    /// <param name="arguments">As given.</param>
    /// <param name="surroundings">Where aliases are found.</param>
    /// <exception cref="CommandException">An alias leads to itself.</exception>
    /// <exception cref="FormatException">A configuration can't be read, or quotes in an alias don't match.</exception>
    public static IReadOnlyList<string> Expand(IReadOnlyList<string> arguments, Surroundings surroundings)
    {
        Settings? settings = null;
        List<string> met = [];
        while (FindWord(arguments) is >= 0 and int at && ConfigKeys.IsAliasName(arguments[at]) && !CommandList.Contains(arguments[at]))
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

    /// <summary>Where the first word stands that is no option; -1 where there is none.</summary>
    public static int FindWord(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i < arguments.Count && arguments[i] != "--"; i++)
        {
            if (!arguments[i].StartsWith('-'))
            {
                return i;
            }

            i += GlobalOptions.TakesNext(arguments[i]) ? 1 : 0;
        }

        return -1;
    }
}
