using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Output;

/// <summary>Whether what people read gets colours: as <c>color</c> says; where nobody says anything, on a terminal that is not dumb.</summary>
public static class ColorChoice
{
    /// <exception cref="ConfigException">A configuration can't be read.</exception>
    public static bool IsOn(Settings settings, bool terminalTakesColors) => settings.ValueOf(ConfigKeys.Color) switch
    {
        "always" => true,
        "never" => false,
        _ => terminalTakesColors,
    };

    /// <summary>For who has not read the surroundings.</summary>
    public static bool IsOn(ClonePaths clone)
    {
        SettingSources sources = Surroundings.FindSettings(Surroundings.FindHome());
        return IsOn(new Settings(sources, clone.Config), !Console.IsOutputRedirected && !Surroundings.FindDumbTerminal());
    }
}
