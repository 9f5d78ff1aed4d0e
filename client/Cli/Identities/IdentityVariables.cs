namespace Monorepo.Cli.Identities;

/// <summary>What the environment says of one role of a commit: <c>MR_AUTHOR_NAME</c> and the like, or git's variable of the same name.</summary>
public readonly record struct RoleVariables(string? Name, string? Email, string? Date);

/// <summary>Who the user is, as far as environment and git's configuration say.</summary>
/// <param name="Author">Null members: not set.</param>
/// <param name="Committer">Null members: not set.</param>
/// <param name="Email"><c>EMAIL</c>, which git takes where nothing else says.</param>
/// <param name="GitConfigFiles">Git's configuration files of the user, the one that wins first; they need not exist.</param>
public sealed record IdentityVariables(RoleVariables Author, RoleVariables Committer, string? Email, IReadOnlyList<string> GitConfigFiles)
{
    public static readonly IdentityVariables None = new(default, default, null, []);

    /// <param name="variable">An environment variable's value; null where it is unset or empty.</param>
    /// <param name="home">The user's home directory.</param>
    public static IdentityVariables Read(Func<string, string?> variable, string home)
    {
        RoleVariables Role(string role) => new(Either($"{role}_NAME"), Either($"{role}_EMAIL"), Either($"{role}_DATE"));
        string? Either(string name) => variable("MR_" + name) ?? variable("GIT_" + name);
        string[] files = variable("GIT_CONFIG_GLOBAL") is { } global
            ? [global]
            : [Path.Combine(home, ".gitconfig"), Path.Combine(variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "git", "config")];
        return new IdentityVariables(Role("AUTHOR"), Role("COMMITTER"), variable("EMAIL"), files);
    }
}
