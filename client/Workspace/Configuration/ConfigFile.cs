using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Configuration;

/// <summary>One file of settings, as it was when it was read: a JSON object of texts. Immutable. Layout in Clones/FORMAT.md.</summary>
public sealed class ConfigFile
{
    /// <summary>The only version there is. A clone's file says it; others need not.</summary>
    public const int VersionNow = 1;

    private const string VersionName = "version";
    private const int FileBytesMax = 1 << 20;

    // Another command that has the file holds it for milliseconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private static readonly JsonWriterOptions s_writer = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private ConfigFile(string path, IReadOnlyList<(ConfigKey, string)> values, IReadOnlyList<string> unknown)
    {
        Path = path;
        Values = values;
        Unknown = unknown;
    }

    public string Path { get; }

    /// <summary>In the file's order, each of its key's form.</summary>
    public IReadOnlyList<(ConfigKey Key, string Value)> Values { get; }

    /// <summary>Names that are no keys. A newer program may know them, so they stay and mean nothing; in a clone's file they are an error.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <param name="path">Where there is no file, nothing is set.</param>
    /// <param name="layer">System, user or clone.</param>
    /// <exception cref="ConfigException">It is no such file, or a value is not of its key's form.</exception>
    public static ConfigFile Load(string path, ConfigLayer layer)
    {
        byte[]? bytes = Read(path);
        if (bytes is null)
        {
            return new ConfigFile(path, [], []);
        }

        using JsonDocument document = Parse(bytes, path);
        List<(ConfigKey, string)> values = [];
        List<string> unknown = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            if (member.NameEquals(VersionName))
            {
                continue;
            }

            if (ConfigKeys.Find(member.Name) is not { } key)
            {
                unknown.Add(layer == ConfigLayer.Clone ? throw new ConfigException(path, null, $"'{member.Name}' in '{path}' is no setting of this program.") : member.Name);
                continue;
            }

            if (key.IsOfClone && layer != ConfigLayer.Clone)
            {
                throw new ConfigException(path, key.Name, $"'{key.Name}' in '{path}' belongs into a clone's configuration.");
            }

            string value = TextOf(member, key, path);
            key.Check(value, $"'{path}'");
            if (!seen.Add(key.Name))
            {
                throw new ConfigException(path, key.Name, $"'{key.Name}' stands twice in '{path}'.");
            }

            values.Add((key, value));
        }

        return new ConfigFile(path, values, unknown);
    }

    public string? Find(ConfigKey key)
    {
        foreach ((ConfigKey there, string value) in Values)
        {
            if (string.Equals(there.Name, key.Name, StringComparison.Ordinal))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Sets or removes a value and keeps all else as it is; all or nothing. Makes the file where it is not there.</summary>
    /// <param name="path">Of the file; a link stays one.</param>
    /// <param name="key">One that may stand there.</param>
    /// <param name="value">Null: remove it.</param>
    /// <returns>False: it was to be removed and is not there.</returns>
    /// <exception cref="ConfigException">The value is not of its key's form, or the file is no JSON object. Wrong values in it do not matter: this is how they are mended.</exception>
    /// <exception cref="IOException">Another command is changing the file.</exception>
    public static bool Change(string path, ConfigKey key, string? value)
    {
        if (value is not null)
        {
            key.Check(value, "the command line");
        }

        string target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        using FileDescriptor held = Lock(target + ".lock", path);
        using JsonDocument before = Parse(Read(target) ?? "{}"u8.ToArray(), path);
        if (value is null && !before.RootElement.EnumerateObject().Any(m => Names(m, key)))
        {
            return false;
        }

        DurableFile.Replace(target, Rewrite(before, key, value));
        return true;
    }

    private static FileDescriptor Lock(string lockPath, string path)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (DurableFile.TryLock(lockPath) is { } held)
            {
                return held;
            }

            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new IOException($"Another command is changing '{path}'; run this again.");
            }

            Thread.Sleep(s_pause);
        }
    }

    /// <summary>Writes a clone's first file.</summary>
    internal static void Create(string path, params ReadOnlySpan<(ConfigKey Key, string Value)> values)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, s_writer))
        {
            json.WriteStartObject();
            json.WriteNumber(VersionName, VersionNow);
            foreach ((ConfigKey key, string value) in values)
            {
                Write(json, key, value);
            }

            json.WriteEndObject();
        }

        DurableFile.ReplaceLazily(path, text.ToArray());
    }

    private static byte[]? Read(string path)
    {
        try
        {
            FileInfo file = new(path);
            return !file.Exists ? null
                : file.Length <= FileBytesMax ? File.ReadAllBytes(path)
                : throw new ConfigException(path, null, $"'{path}' is larger than a configuration may be, {FileBytesMax} bytes.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static JsonDocument Parse(byte[] bytes, string path)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        }
        catch (JsonException e)
        {
            throw new ConfigException(path, null, $"'{path}' is damaged: {e.Message}", e);
        }

        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ConfigException(path, null, $"'{path}' is damaged: it holds no JSON object.");
        }

        return root.TryGetProperty(VersionName, out JsonElement version) && !(version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number) && number == VersionNow)
            ? throw new ConfigException(path, VersionName, string.Create(CultureInfo.InvariantCulture, $"'{path}' is of version {version.GetRawText()}; this program knows {VersionNow}.")) { IsOtherVersion = true }
            : document;
    }

    private static string TextOf(JsonProperty member, ConfigKey key, string path)
    {
        JsonElement value = member.Value;
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return value.GetString()!;
            case JsonValueKind.Number:
                return value.GetRawText();
            case JsonValueKind.Array when key.IsList && value.EnumerateArray().All(static v => v.ValueKind == JsonValueKind.String):
                return string.Join(',', value.EnumerateArray().Select(static v => v.GetString()));
            default:
                throw new ConfigException(path, key.Name, $"'{key.Name}' in '{path}' is {value.GetRawText()}: it takes {key.Form}, as a JSON string.");
        }
    }

    private static bool Names(JsonProperty member, ConfigKey key) => member.NameEquals(key.Name) || (key.OldName is not null && member.NameEquals(key.OldName));

    private static byte[] Rewrite(JsonDocument before, ConfigKey key, string? value)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, s_writer))
        {
            json.WriteStartObject();
            bool isWritten = value is null;
            foreach (JsonProperty member in before.RootElement.EnumerateObject())
            {
                if (!Names(member, key))
                {
                    member.WriteTo(json);
                }
                else if (!isWritten)
                {
                    Write(json, key, value!);
                    isWritten = true;
                }
            }

            if (!isWritten)
            {
                Write(json, key, value!);
            }

            json.WriteEndObject();
        }

        text.WriteByte((byte)'\n');
        return text.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ConfigKey key, string value)
    {
        if (!key.IsList)
        {
            json.WriteString(key.Name, value);
            return;
        }

        json.WriteStartArray(key.Name);
        foreach (string part in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            json.WriteStringValue(part);
        }

        json.WriteEndArray();
    }
}
