using System.Text.Json;
using System.Text.Json.Serialization;

namespace Monorepo.Operations.AccessLog;

/// <summary>How the log is kept while it is on.</summary>
/// <param name="KeysKept">Of each 65,536 objects, how many are recorded: 1 to 65,536.</param>
/// <param name="BytesMax">Of all files together; the oldest go first.</param>
public sealed record AccessLogSettings(int KeysKept = AccessLogSettings.AllKeys, long BytesMax = AccessLogSettings.DefaultBytes)
{
    public const int AllKeys = AccessLogFormat.KeysOf;
    public const long DefaultBytes = 1L << 30;

    /// <summary>Two files of the smallest size.</summary>
    public const long BytesMin = 2 << 20;

    public const long BytesMaxMax = 1L << 40;

    private const int FilesAbout = 16;
    private const long FileBytesMin = 1 << 20;
    private const long FileBytesMax = 64 << 20;

    /// <summary>After which a file is closed and the next begun.</summary>
    internal long FileBytes => Math.Clamp(BytesMax / FilesAbout, FileBytesMin, FileBytesMax);

    internal bool IsValid => KeysKept is > 0 and <= AllKeys && BytesMax is >= BytesMin and <= BytesMaxMax;
}

/// <summary>The settings of a log that is on, so that it is on again after a restart: <c>on.json</c> in its folder.</summary>
internal sealed class AccessLogSwitch(string folder)
{
    private const int BytesMax = 4096;

    private readonly string _path = Path.Combine(folder, "on.json");

    /// <summary>Null: off. A file that can't be understood is off too.</summary>
    public AccessLogSettings? Read()
    {
        try
        {
            if (new FileInfo(_path) is not { Exists: true, Length: <= BytesMax })
                return null;
            AccessLogSettings? settings = JsonSerializer.Deserialize(File.ReadAllBytes(_path), AccessLogJson.Default.AccessLogSettings);
            return settings is { IsValid: true } ? settings : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void TurnOn(AccessLogSettings settings)
    {
        string temporary = _path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(settings, AccessLogJson.Default.AccessLogSettings));
        File.Move(temporary, _path, overwrite: true);
    }

    public void TurnOff() => File.Delete(_path);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AccessLogSettings))]
internal sealed partial class AccessLogJson : JsonSerializerContext;
