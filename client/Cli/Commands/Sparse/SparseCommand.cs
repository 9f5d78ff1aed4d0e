using System.CommandLine;
using System.Text;
using Monorepo.Workspace.Sparse;

namespace Monorepo.Cli.Commands.Sparse;

/// <summary><c>mr sparse</c>: a working copy that has a part of the tree.</summary>
public static class SparseCommand
{
    public static Command Create(Surroundings surroundings) =>
        new("sparse", "Have a part of the tree in the working copy: what profiles in the repository name, and what you add or take out. Commits keep all the rest.")
        {
            CreateEnable(surroundings),
            CreateDisable(surroundings),
            SparseChange.Create(surroundings, "reset", "Have the whole tree again, and forget profiles and rules.", null, (_, _) => SparseSettings.None),
            CreateRule(surroundings, isInclude: true, "include", "Bring in what patterns match, whatever the profiles say."),
            CreateRule(surroundings, isInclude: false, "exclude", "Take out what patterns match, whatever the profiles say."),
            SparseListCommand.Create(surroundings),
            SparseShowCommand.Create(surroundings),
        };

    private static Command CreateEnable(Surroundings surroundings)
    {
        Argument<string[]> profiles = Profiles(ArgumentArity.OneOrMore, "A profile's path from the repository's top; './NAME' is from here. The working copy has what any of the enabled ones has.");
        return SparseChange.Create(surroundings, "enable", "Have what profiles name. Profiles are read in the commit that is checked out.", profiles, (settings, paths) => settings.Enable(paths));
    }

    private static Command CreateDisable(Surroundings surroundings)
    {
        Argument<string[]> profiles = Profiles(ArgumentArity.ZeroOrMore, "The profiles to do without; none: all of them. Your own rules stay.");
        return SparseChange.Create(surroundings, "disable", "Do without profiles. Without any, and without rules of your own, the working copy has the whole tree.", profiles,
            (settings, paths) => settings.Disable(paths.Length == 0 ? settings.Profiles : paths));
    }

    private static Command CreateRule(Surroundings surroundings, bool isInclude, string name, string description)
    {
        Argument<string[]> patterns = new("PATTERN")
        {
            Description = "A path from the repository's top, of a file or of a directory with all in it; './NAME' is from here. '*', '?' and '[a-z]' stand for parts of a name, '**' for any directories.",
            Arity = ArgumentArity.OneOrMore,
        };
        return SparseChange.Create(surroundings, name, description + " The last rule that matches decides.", patterns, (settings, given) => settings.Add(isInclude, given));
    }

    private static Argument<string[]> Profiles(ArgumentArity arity, string description) => new("PROFILE") { Description = description, Arity = arity };

    /// <summary>Paths as rules and profiles have them: from the top, unless they begin with <c>./</c> or <c>../</c>.</summary>
    internal static string[] FromTop(CommandContext context, IEnumerable<string> given) =>
        [.. given.Select(g => g.StartsWith("./", StringComparison.Ordinal) || g.StartsWith("../", StringComparison.Ordinal) || g == "."
            ? Encoding.UTF8.GetString(PathArguments.Resolve(context, g)) + (g.EndsWith('/') ? "/" : "")
            : g)];
}
