using Monorepo.Cli.Editing;
using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Cli.Watching;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli;

/// <summary>What <c>mr</c> takes from the process's environment; read once, in Main. The library below reads none of it.</summary>
/// <param name="CacheDirectory">The user's object cache: <c>MR_CACHE_DIR</c>, or <c>mr</c> in <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>.</param>
/// <param name="GlobalIgnoreFile">The user's ignore file, as git finds it: <c>git/ignore</c> in <c>XDG_CONFIG_HOME</c> or <c>~/.config</c>.</param>
/// <param name="WorkingDirectory">Where the command was started.</param>
/// <param name="ForceGrpc"><c>grpc</c> in <c>MR_BLOBS</c>: leave the blob plane's faster transports alone.</param>
public sealed record Surroundings(string CacheDirectory, string GlobalIgnoreFile, string WorkingDirectory, bool ForceGrpc)
{
    /// <summary>Opens what commands print to.</summary>
    public Func<Stream> OpenOutput { get; init; } = Console.OpenStandardOutput;

    /// <summary>What is set by files, variables and the command line, but for the clone's file.</summary>
    public SettingSources Settings { get; init; } = SettingSources.None;

    /// <summary><c>PAGER</c>; null: not set.</summary>
    public string? Pager { get; init; }

    /// <summary><c>MR_RETRIES</c>: how often a question is asked again of a server that does not answer.</summary>
    public string? Retries { get; init; }

    /// <summary>How wide tables may be: <c>COLUMNS</c>, or the terminal.</summary>
    public int Columns { get; init; } = DiffStat.ColumnsDefault;

    /// <summary>A person reads the output, not a program.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>The terminal, if there is one, understands nothing but text: <c>TERM</c> is <c>dumb</c> or not set.</summary>
    public bool TerminalIsDumb { get; init; }

    /// <summary>Whether commands use a watcher: <c>MR_WATCHER</c>. Off where nobody says, so that no test leaves one behind.</summary>
    public WatcherSetting Watcher { get; init; } = WatcherSetting.Off;

    /// <summary>What the command finds open and leaves open; null: it opens its own.</summary>
    public SharedResources? Shared { get; init; }

    /// <summary>Who the user is.</summary>
    public IdentityVariables Identity { get; init; } = IdentityVariables.None;

    /// <summary>What the user writes messages with.</summary>
    public EditorVariables Editor { get; init; } = EditorVariables.None;

    public static Surroundings Read()
    {
        string home = FindHome();
        return new Surroundings(
            Variable("MR_CACHE_DIR") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "mr"),
            FindUserIgnoreFile(home),
            Directory.GetCurrentDirectory(),
            Blobs().Contains("grpc", StringComparer.Ordinal))
        {
            Settings = FindSettings(home),
            Pager = Environment.GetEnvironmentVariable("PAGER"),
            Retries = Variable("MR_RETRIES"),
            Columns = FindColumns(),
            OutputIsTerminal = !Console.IsOutputRedirected,
            TerminalIsDumb = FindDumbTerminal(),
            Watcher = WatcherSetting.Read(),
            Identity = IdentityVariables.Read(Variable, home),
            Editor = EditorVariables.Read(Variable),
        };
    }

    /// <summary>The user's folder. The variable first: looking it up another way costs a command a tenth of a millisecond.</summary>
    internal static string FindHome() => Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    internal static string FindUserIgnoreFile(string home) => Path.Combine(Variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "git", "ignore");

    /// <summary>Where settings come from. Reads no file.</summary>
    internal static SettingSources FindSettings(string home)
    {
        List<Setting> given = [];
        foreach (ConfigKey key in ConfigKeys.All)
        {
            // An empty pager is none, and no mistake; a watcher's word is read where it is needed.
            string? value = key == ConfigKeys.Blobs ? EdgesGiven()
                : key == ConfigKeys.Pager ? Environment.GetEnvironmentVariable(key.Variable!)
                : key.Variable is { } variable && key != ConfigKeys.Watcher ? Variable(variable) : null;
            if (value is not null)
            {
                given.Add(new Setting(key, value, ConfigLayer.Environment, key.Variable!));
            }
        }

        if (Variable("NO_COLOR") is not null)
        {
            given.Add(new Setting(ConfigKeys.Color, "never", ConfigLayer.Environment, "NO_COLOR"));
        }

        return new SettingSources(
            Variable("MR_CONFIG_SYSTEM") ?? "/etc/mr/config.json", Path.Combine(Variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "mr", "config.json"), given);
    }

    internal static int FindColumns() => int.TryParse(Variable("COLUMNS"), out int columns) && columns > 0 ? columns
        : Console.IsOutputRedirected ? DiffStat.ColumnsDefault : Math.Max(1, Console.WindowWidth);

    internal static bool FindDumbTerminal() => Variable("TERM") is null or "dumb";

    private static string? EdgesGiven() =>
        Blobs().Where(static b => !string.Equals(b, "grpc", StringComparison.Ordinal)).ToArray() is { Length: > 0 } edges ? string.Join(',', edges) : null;

    // MR_BLOBS: addresses of edges and the word grpc, with commas.
    private static string[] Blobs() => (Variable("MR_BLOBS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
