using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane.Hot;
using Monorepo.Memcached;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Host.Configuration;

internal enum LogFormat
{
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

internal enum ServerRole
{
    /// <summary>History and contents.</summary>
    Both,

    /// <summary>As both, but clients are told of edges alone; edges read contents here.</summary>
    History,

    /// <summary>An edge: contents from caches and another server.</summary>
    Blobs,
}

internal enum UcxMode
{
    /// <summary>Where the library is there: on the address of the gRPC listener, any free port. Otherwise gRPC alone.</summary>
    Auto,
    Off,

    /// <summary>On the address given; not to be able to is an error.</summary>
    On,
}

/// <summary>The server's options, checked. Defaults stand here and nowhere else.</summary>
internal sealed record ServerOptions
{
    /// <summary>A month; above it, off is meant.</summary>
    private const int FoldMinutesMax = 31 * 24 * 60;

    /// <summary>Readers wait as long when one dies.</summary>
    private const int LeaseSecondsMax = 60;

    public string DataDirectory { get; init; } = "monorepo-data";

    /// <summary>Whether there is a directory for one: an edge has none unless it was named.</summary>
    public bool HasAccessLog { get; init; } = true;

    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8940);

    /// <summary>Null: no second listener.</summary>
    public IPEndPoint? Http { get; init; } = new(IPAddress.Loopback, 0);

    public ServerRole Role { get; init; } = ServerRole.Both;

    /// <summary>Set with <see cref="ServerRole.Blobs"/> and only then.</summary>
    public Uri? Origin { get; init; }

    /// <summary>What clients are told to ask first.</summary>
    public IReadOnlyList<Uri> Edges { get; init; } = [];

    public IReadOnlyList<MemcachedEndpoint> Memcached { get; init; } = [];

    /// <summary>Null: plain TCP.</summary>
    public Func<SslClientAuthenticationOptions>? MemcachedTls { get; init; }

    /// <summary>Everything that memcached gives is checked against its id.</summary>
    public bool VerifiesCache { get; init; }

    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromSeconds(2);

    public UcxMode UcxMode { get; init; } = UcxMode.Auto;

    /// <summary>Set with <see cref="UcxMode.On"/>.</summary>
    public IPEndPoint? UcxAddress { get; init; }

    public long MemoryBytes { get; init; } = 384L << 20;

    /// <summary>0: no hot set.</summary>
    public long HotSetBytes { get; init; } = DefaultHotSetBytes(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>Of the blob plane over UCX.</summary>
    public UcxOptions Ucx { get; init; } = new();

    /// <summary>Between two folds of small clusters; null: never.</summary>
    public TimeSpan? FoldEvery { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Where metrics are sent; null: nowhere.</summary>
    public Uri? Otlp { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    /// <summary>From the config file alone.</summary>
    public RepositoryRules Rules { get; init; } = RepositoryRules.None;

    /// <exception cref="StartupException">A value can't be understood; the message says where it stands and what is expected.</exception>
    public static ServerOptions From(OptionTexts texts)
    {
        ServerOptions defaults = new();
        (UcxMode ucxMode, IPEndPoint? ucxAddress) = texts.Ucx is { } ucx ? ParseUcx(ucx) : (defaults.UcxMode, null);
        ServerRole role = texts.Role is { } roleText ? ParseRole(roleText) : defaults.Role;
        if (role == ServerRole.Blobs)
        {
            CheckEdge(texts);
        }
        else if (texts.Origin is { } unused)
        {
            throw unused.Error("only an edge (--role blobs) has an origin.");
        }

        return new ServerOptions
        {
            Role = role,
            Origin = texts.Origin is { } origin ? ParseServer(origin, origin.Text) : null,
            Edges = texts.Edges is { } edges ? [.. edges.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(e => ParseServer(edges, e))] : defaults.Edges,
            MemcachedTls = texts.MemcachedTls is { } tls ? ParseTls(tls) : null,
            LeaseTime = texts.LeaseTime is { } lease ? ParseLease(lease) : defaults.LeaseTime,
            VerifiesCache = texts.VerifyCache is { } verify && ParseSwitch(verify),
            DataDirectory = texts.Data is { } data ? ParseDirectory(data) : defaults.DataDirectory,
            HasAccessLog = role != ServerRole.Blobs || texts.Data is not null,
            Listen = texts.Listen is { } listen ? ParseAddress(listen) : defaults.Listen,
            Http = texts.Http is { } http ? ParseHttp(http) : defaults.Http,
            Memcached = texts.Memcached is { } memcached ? ParseMemcached(memcached) : defaults.Memcached,
            UcxMode = ucxMode,
            UcxAddress = ucxAddress,
            MemoryBytes = texts.Memory is { } memory ? ParseMemory(memory) : defaults.MemoryBytes,
            HotSetBytes = texts.HotSet is { } hotSet ? ParseHotSet(hotSet) : defaults.HotSetBytes,
            FoldEvery = texts.FoldEvery is { } fold ? ParseFold(fold) : defaults.FoldEvery,
            Otlp = texts.Otlp is { } otlp ? ParseOtlp(otlp) : defaults.Otlp,
            LogLevel = texts.LogLevel is { } level ? ParseLevel(level) : defaults.LogLevel,
            LogFormat = texts.LogFormat is { } format ? ParseFormat(format) : defaults.LogFormat,
        };
    }

    private static ServerRole ParseRole(OptionText text) => text.Text switch
    {
        "both" => ServerRole.Both,
        "history" => ServerRole.History,
        "blobs" => ServerRole.Blobs,
        _ => throw text.Error("both, history or blobs is expected."),
    };

    private static void CheckEdge(OptionTexts texts)
    {
        if (texts.Origin is null)
        {
            throw texts.Role!.Value.Error("an edge needs --origin, the address of its history server.");
        }

        if (texts.Edges is { } misplaced)
        {
            throw misplaced.Error("an edge (--role blobs) has no edges of its own.");
        }
    }

    private static Uri ParseServer(OptionText text, string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" && uri.PathAndQuery.Length <= 1 && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
            ? uri
            : throw text.Error($"'{address}' is no address of a server; http://HOST:PORT is expected.");

    private static Func<SslClientAuthenticationOptions>? ParseTls(OptionText text)
    {
        switch (text.Text)
        {
            case "off":
                return null;
            case "system":
                return Monorepo.Memcached.MemcachedTls.TrustingSystem;
            default:
                try
                {
                    return Monorepo.Memcached.MemcachedTls.TrustingFile(text.Text);
                }
                catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
                {
                    throw text.Error($"off, system, or a PEM file of authorities is expected: {e.Message}");
                }
        }
    }

    private static TimeSpan ParseLease(OptionText text) =>
        int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is >= 1 and <= LeaseSecondsMax
            ? TimeSpan.FromSeconds(seconds)
            : throw text.Error($"a number of seconds from 1 to {LeaseSecondsMax} is expected.");

    private static bool ParseSwitch(OptionText text) => text.Text switch
    {
        "on" => true,
        "off" => false,
        _ => throw text.Error("on or off is expected."),
    };

    private static string ParseDirectory(OptionText text) =>
        text.Text.Length > 0 ? text.Text : throw text.Error("a directory is expected.");

    private static IPEndPoint ParseAddress(OptionText text)
    {
        // IPEndPoint takes "127.0.0.1" for port 0 and "8940" for an address; here both parts must be there.
        int colon = text.Text.LastIndexOf(':');
        bool hasPort = colon > 0 && (text.Text.IndexOf(':', StringComparison.Ordinal) == colon || text.Text[colon - 1] == ']');
        return hasPort && IPEndPoint.TryParse(text.Text, out IPEndPoint? address)
            ? address
            : throw text.Error("an address and a port are expected, such as 127.0.0.1:8940, 0.0.0.0:8940 or [::1]:8940; port 0 is any free one.");
    }

    private static IPEndPoint? ParseHttp(OptionText text) =>
        string.Equals(text.Text, "off", StringComparison.Ordinal) ? null : ParseAddress(text);

    private static (UcxMode Mode, IPEndPoint? Address) ParseUcx(OptionText text) => text.Text switch
    {
        "auto" => (UcxMode.Auto, null),
        "off" => (UcxMode.Off, null),
        _ when text.Text.Contains(':', StringComparison.Ordinal) => (UcxMode.On, ParseAddress(text)),
        _ => throw text.Error("auto, off, or an address and a port such as 10.0.0.5:8941 are expected."),
    };

    private static List<MemcachedEndpoint> ParseMemcached(OptionText text)
    {
        List<MemcachedEndpoint> nodes = [];
        foreach (string part in text.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!MemcachedEndpoint.TryParse(part, out MemcachedEndpoint node))
            {
                throw text.Error($"'{part}' is not HOST, HOST:PORT or HOST:PORT:WEIGHT.");
            }

            if (nodes.Contains(node))
            {
                throw text.Error($"the node {node} stands twice.");
            }

            nodes.Add(node);
        }

        return nodes;
    }

    /// <summary>An eighth of what the process may use: the rest is for the store's caches, the page cache and others.</summary>
    internal static long DefaultHotSetBytes(long availableBytes) => Math.Clamp(availableBytes / 8, 64L << 20, 8L << 30);

    private static long ParseHotSet(OptionText text) => text.Text switch
    {
        "off" => 0,
        _ when ParseSize(text.Text) is { } bytes && bytes >= HotSet.SizeBytesMin => bytes,
        _ => throw text.Error($"off, or a number of bytes, or one with K, M or G, such as 512M or 4G, is expected; at least {HotSet.SizeBytesMin >> 20}M."),
    };

    private static long ParseMemory(OptionText text) => ParseSize(text.Text) is { } bytes && bytes >= RocksDbEngineOptions.MemoryBytesMin
        ? bytes
        : throw text.Error($"a number of bytes is expected, or one with K, M or G, such as 512M or 4G; at least {RocksDbEngineOptions.MemoryBytesMin >> 20}M.");

    private static long? ParseSize(string text)
    {
        string digits = text.TrimEnd('K', 'M', 'G');
        int shift = text.Length == digits.Length ? 0 : text[^1] switch { 'K' => 10, 'M' => 20, _ => 30 };
        return text.Length - digits.Length <= 1
            && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= long.MaxValue >> shift
            ? number << shift
            : null;
    }

    private static TimeSpan? ParseFold(OptionText text) => text.Text switch
    {
        "off" => null,
        _ when int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int minutes) && minutes is > 0 and <= FoldMinutesMax => TimeSpan.FromMinutes(minutes),
        _ => throw text.Error($"off, or a number of minutes from 1 to {FoldMinutesMax} is expected."),
    };

    private static Uri? ParseOtlp(OptionText text) => text.Text switch
    {
        "off" => null,
        _ when Uri.TryCreate(text.Text, UriKind.Absolute, out Uri? collector) && collector.Scheme is "http" or "https" => collector,
        _ => throw text.Error("off, or a collector's URL such as http://127.0.0.1:4317 is expected."),
    };

    private static LogLevel ParseLevel(OptionText text) => text.Text switch
    {
        "trace" => LogLevel.Trace,
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw text.Error("trace, debug, info, warn or error is expected."),
    };

    private static LogFormat ParseFormat(OptionText text) => text.Text switch
    {
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw text.Error("text or json is expected."),
    };
}
