namespace Monorepo.Cli.Editing;

/// <summary>What the environment says of the user's editor. Null members: not set.</summary>
/// <param name="Own"><c>MR_EDITOR</c>.</param>
/// <param name="Git"><c>GIT_EDITOR</c>.</param>
/// <param name="Visual"><c>VISUAL</c>: for terminals only.</param>
/// <param name="Editor"><c>EDITOR</c>.</param>
/// <param name="HasTerminal">Somebody is there to type.</param>
public sealed record EditorVariables(string? Own, string? Git, string? Visual, string? Editor, bool HasTerminal)
{
    public static readonly EditorVariables None = new(null, null, null, null, HasTerminal: false);

    private const string Default = "vi";

    /// <param name="variable">An environment variable's value; null where it is unset or empty.</param>
    public static EditorVariables Read(Func<string, string?> variable) => new(
        variable("MR_EDITOR"), variable("GIT_EDITOR"), variable("VISUAL"), variable("EDITOR"), variable("TERM") is not (null or "dumb") && !Console.IsInputRedirected);

    /// <summary>The editor's command line, in the order that git asks; null: there is none that could be used here.</summary>
    /// <param name="configured">What the configuration says; null: nothing.</param>
    public string? Choose(string? configured = null) => Own ?? Git ?? configured ?? (HasTerminal ? Visual : null) ?? Editor ?? (HasTerminal ? Default : null);
}
