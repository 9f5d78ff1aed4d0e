namespace Monorepo.Workspace.Configuration;

/// <summary>Where a setting is made; a later one wins.</summary>
public enum ConfigLayer
{
    /// <summary>Of the machine: a file of its administrator.</summary>
    System,

    /// <summary>Of the user, in all clones.</summary>
    User,

    /// <summary>Of one clone: <c>.mr/config.json</c>.</summary>
    Clone,

    /// <summary>A variable of the process.</summary>
    Environment,

    /// <summary>Of one command.</summary>
    CommandLine,
}
