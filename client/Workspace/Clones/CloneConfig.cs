using System.Text.Json;
using System.Text.Json.Serialization;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Clones;

/// <summary>What <c>config.json</c> holds. Layout in FORMAT.md.</summary>
/// <param name="Version">Of the clone's layout.</param>
/// <param name="Url">The repository's address.</param>
/// <param name="UserName">Who commits in this clone; null: not said here.</param>
/// <param name="UserEmail">Their mail; null: not said here.</param>
/// <param name="MaxFetch">What a command may fetch at most, as a person writes it; null: not said here.</param>
/// <param name="Watcher">Whether commands use a watcher, as <c>MR_WATCHER</c> says it; null: not said here.</param>
/// <param name="Blobs">Edges to ask for contents, in order; null: those the server names.</param>
internal sealed record CloneConfig(
    int Version, string Url, string? UserName = null, string? UserEmail = null, string? MaxFetch = null, IReadOnlyList<string>? Blobs = null,
    string? Watcher = null)
{
    public const int VersionNow = 1;

    /// <exception cref="CloneException">The file is missing, damaged or of another version.</exception>
    public static CloneConfig Load(string path)
    {
        try
        {
            CloneConfig? config = JsonSerializer.Deserialize(File.ReadAllBytes(path), CloneConfigJson.Default.CloneConfig);
            if (config is not null && config.Version != VersionNow)
            {
                throw new CloneException(CloneError.OtherVersion, $"'{path}' is of version {config.Version}; this program knows {VersionNow}.");
            }

            if (config is not null && RepositoryUrl.TryParse(config.Url, out _))
            {
                return (config.Blobs ?? []).FirstOrDefault(static b => EdgeAddress.TryParse(b) is null) is not { } wrong
                    ? config
                    : throw new CloneException(CloneError.Damaged, $"'blobs' in '{path}' holds '{wrong}', which is no address: it takes {EdgeAddress.Form}.");
            }
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw new CloneException(CloneError.Damaged, $"'{path}' is missing or damaged: {e.Message}", e);
        }

        throw new CloneException(CloneError.Damaged, $"'{path}' names no repository.");
    }

    public void Save(string path) => DurableFile.ReplaceLazily(path, JsonSerializer.SerializeToUtf8Bytes(this, CloneConfigJson.Default.CloneConfig));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(CloneConfig))]
internal sealed partial class CloneConfigJson : JsonSerializerContext;
