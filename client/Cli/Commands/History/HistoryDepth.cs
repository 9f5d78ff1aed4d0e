using System.CommandLine;

namespace Monorepo.Cli.Commands.History;

/// <summary>Options that count commits of a shallow clone.</summary>
internal static class HistoryDepth
{
    /// <param name="name">The option's.</param>
    /// <param name="description">For its help.</param>
    public static Option<int?> Option(string name, string description)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && (!int.TryParse(result.Tokens[0].Value, out int commits) || commits < 1))
            {
                result.AddError($"{name} takes a number of commits, 1 or more.");
            }
        });
        return option;
    }
}
