using Monorepo.Cli.Identities;
using Monorepo.Cli.Output;
using Monorepo.Cli.Watching;

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

    /// <summary><c>MR_MAX_FETCH</c>: what a command may fetch at most.</summary>
    public string? MaxFetch { get; init; }

    /// <summary><c>MR_RETRIES</c>: how often a question is asked again of a server that does not answer.</summary>
    public string? Retries { get; init; }

    /// <summary>How wide tables may be: <c>COLUMNS</c>, or the terminal.</summary>
    public int Columns { get; init; } = DiffStat.ColumnsDefault;

    /// <summary>The addresses in <c>MR_BLOBS</c>, with commas: where contents come from, whatever the clone says. Null: none.</summary>
    public string? Edges { get; init; }

    /// <summary>A person reads the output, not a program.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether commands use a watcher: <c>MR_WATCHER</c>. Off where nobody says, so that no test leaves one behind.</summary>
    public WatcherSetting Watcher { get; init; } = WatcherSetting.Off;

    /// <summary>Who the user is.</summary>
    public IdentityVariables Identity { get; init; } = IdentityVariables.None;

    public static Surroundings Read()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new Surroundings(
            Variable("MR_CACHE_DIR") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "mr"),
            FindUserIgnoreFile(home),
            Directory.GetCurrentDirectory(),
            Blobs().Contains("grpc", StringComparer.Ordinal))
        {
            MaxFetch = Variable("MR_MAX_FETCH"),
            Retries = Variable("MR_RETRIES"),
            Columns = int.TryParse(Variable("COLUMNS"), out int columns) && columns > 0 ? columns : Console.IsOutputRedirected ? DiffStat.ColumnsDefault : Math.Max(1, Console.WindowWidth),
            Edges = Blobs().Where(static b => !string.Equals(b, "grpc", StringComparison.Ordinal)).ToArray() is { Length: > 0 } edges ? string.Join(',', edges) : null,
            OutputIsTerminal = !Console.IsOutputRedirected,
            Watcher = WatcherSetting.Read(),
            Identity = IdentityVariables.Read(Variable, home),
        };
    }

    internal static string FindUserIgnoreFile(string home) => Path.Combine(Variable("XDG_CONFIG_HOME") ?? Path.Combine(home, ".config"), "git", "ignore");

    // MR_BLOBS: addresses of edges and the word grpc, with commas.
    private static string[] Blobs() => (Variable("MR_BLOBS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
