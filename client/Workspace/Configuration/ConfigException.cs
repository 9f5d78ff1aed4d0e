namespace Monorepo.Workspace.Configuration;

/// <summary>A setting can't be used. The message names where it was made, the key, and what the key takes.</summary>
public sealed class ConfigException(string origin, string? key, string message, Exception? inner = null) : FormatException(message, inner)
{
    /// <summary>The file, variable or option.</summary>
    public string Origin { get; } = origin;

    /// <summary>Null: the file as a whole.</summary>
    public string? Key { get; } = key;

    /// <summary>The file is of a version that this program does not know.</summary>
    public bool IsOtherVersion { get; init; }
}
