using System.Text.Json;
using System.Text.Json.Serialization;

namespace Monorepo.Host.Configuration;

/// <summary>The config file: one JSON object whose keys are the options' names; comments and trailing commas are allowed.</summary>
internal sealed record ConfigFile
{
    private const int BytesMax = 1 << 20;

    public string? Data { get; init; }

    public string? Listen { get; init; }

    public string? Http { get; init; }

    public string? Role { get; init; }

    public string? Origin { get; init; }

    public IReadOnlyList<string>? Edges { get; init; }

    public IReadOnlyList<string>? Memcached { get; init; }

    public string? MemcachedTls { get; init; }

    public bool? VerifyCache { get; init; }

    public string? LeaseTime { get; init; }

    public string? Ucx { get; init; }

    public string? Memory { get; init; }

    public string? HotSet { get; init; }

    public string? FoldEvery { get; init; }

    public string? Otlp { get; init; }

    public string? LogLevel { get; init; }

    public string? LogFormat { get; init; }

    public UcxSection? UcxSettings { get; init; }

    public PushSection? Push { get; init; }

    public RefLogSection? RefLog { get; init; }

    public IReadOnlyDictionary<string, RepositorySection>? Repositories { get; init; }

    /// <exception cref="StartupException">The file can't be read, is no JSON, or holds a key that does not exist, or a rule that can't be understood.</exception>
    public static (OptionTexts Options, UcxOptions Ucx, RepositoryRules Rules) Read(string path)
    {
        string name = Path.GetFileName(path);
        ConfigFile file;
        try
        {
            if (new FileInfo(path).Length > BytesMax)
            {
                throw new StartupException(ExitCode.Usage, $"--config '{path}': the file is larger than {BytesMax} bytes; is it the right one?");
            }

            file = Parse(File.ReadAllBytes(path), name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(ExitCode.Usage, $"--config '{path}': the file can't be read: {e.Message}", e);
        }

        RepositoryRules rules = RepositoryRules.From(file.Push, file.RefLog, file.Repositories, name);
        OptionTexts options = new()
        {
            Data = Text(file.Data, "data"),
            Listen = Text(file.Listen, "listen"),
            Http = Text(file.Http, "http"),
            Role = Text(file.Role, "role"),
            Origin = Text(file.Origin, "origin"),
            Edges = Text(file.Edges is { } edges ? string.Join(',', edges) : null, "edges"),
            Memcached = Text(file.Memcached is { } nodes ? string.Join(',', nodes) : null, "memcached"),
            MemcachedTls = Text(file.MemcachedTls, "memcachedTls"),
            VerifyCache = Text(file.VerifyCache switch { null => null, true => "on", false => "off" }, "verifyCache"),
            LeaseTime = Text(file.LeaseTime, "leaseTime"),
            Ucx = Text(file.Ucx, "ucx"),
            Memory = Text(file.Memory, "memory"),
            HotSet = Text(file.HotSet, "hotSet"),
            FoldEvery = Text(file.FoldEvery, "foldEvery"),
            Otlp = Text(file.Otlp, "otlp"),
            LogLevel = Text(file.LogLevel, "logLevel"),
            LogFormat = Text(file.LogFormat, "logFormat"),
        };
        return (options, UcxOptions.From(file.UcxSettings, $"{name}: ucxSettings"), rules);

        OptionText? Text(string? value, string key) => value is null ? null : new OptionText(value, $"{name}: {key}");
    }

    private static ConfigFile Parse(byte[] json, string name)
    {
        try
        {
            JsonDocumentOptions options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
            using JsonDocument document = JsonDocument.Parse(json, options);
            CheckKeys(document.RootElement, name);
            return document.Deserialize(ConfigFileContext.Default.ConfigFile)
                ?? throw new StartupException(ExitCode.Usage, $"{name}: a JSON object is expected, not null.");
        }
        catch (JsonException e)
        {
            string place = e.Path is { Length: > 2 } path ? $"{name}: {path[2..]}" : name;
            throw new StartupException(ExitCode.Usage, $"{place}: {e.Message}", e);
        }
    }

    private static void CheckKeys(JsonElement root, string name)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new StartupException(ExitCode.Usage, $"{name}: a JSON object is expected, not {root.ValueKind}.");
        }

        string[] known = [.. ConfigFileContext.Default.ConfigFile.Properties.Select(p => p.Name)];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!known.Contains(property.Name, StringComparer.Ordinal))
            {
                throw new StartupException(ExitCode.Usage, $"{name}: there is no key '{property.Name}'. The keys are {string.Join(", ", known)}.");
            }

            if (!seen.Add(property.Name))
            {
                throw new StartupException(ExitCode.Usage, $"{name}: the key '{property.Name}' stands twice.");
            }
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowTrailingCommas = true, ReadCommentHandling = JsonCommentHandling.Skip)]
[JsonSerializable(typeof(ConfigFile))]
internal sealed partial class ConfigFileContext : JsonSerializerContext;
