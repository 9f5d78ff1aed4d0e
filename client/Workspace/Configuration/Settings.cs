namespace Monorepo.Workspace.Configuration;

/// <summary>A setting that is made.</summary>
/// <param name="Layer">By whom.</param>
/// <param name="Origin">The file, variable or option.</param>
public readonly record struct Setting(ConfigKey Key, string Value, ConfigLayer Layer, string Origin);

/// <summary>What is set outside of a clone.</summary>
/// <param name="SystemFile">Null: there is none.</param>
/// <param name="UserFile">Null: there is none.</param>
/// <param name="Given">By environment and command line; the stronger first.</param>
public sealed record SettingSources(string? SystemFile, string? UserFile, IReadOnlyList<Setting> Given)
{
    public static readonly SettingSources None = new(null, null, []);

    /// <summary>These with stronger ones.</summary>
    public SettingSources With(IEnumerable<Setting> stronger) => this with { Given = [.. stronger, .. Given] };
}

/// <summary>
/// What is set, by all layers: the command line is stronger than the environment, that than the clone's file, that than the user's, that than the
/// system's. A file is read when a question gets to it, once. Not thread-safe.
/// </summary>
/// <param name="sources">All but the clone.</param>
/// <param name="cloneFile">Null: outside of a clone.</param>
public sealed class Settings(SettingSources sources, string? cloneFile)
{
    private ConfigFile? _clone;
    private ConfigFile? _user;
    private ConfigFile? _system;

    /// <summary>The clone's file; null outside of a clone.</summary>
    /// <exception cref="ConfigException">It can't be read.</exception>
    public ConfigFile? OfClone => _clone ??= Load(cloneFile, ConfigLayer.Clone);

    public ConfigFile? OfUser => _user ??= Load(sources.UserFile, ConfigLayer.User);

    public ConfigFile? OfSystem => _system ??= Load(sources.SystemFile, ConfigLayer.System);

    /// <summary>What counts for a key; null: nobody sets it.</summary>
    /// <exception cref="ConfigException">It is not of the key's form, or a file on the way can't be read.</exception>
    public Setting? Find(ConfigKey key)
    {
        foreach (Setting given in sources.Given)
        {
            if (string.Equals(given.Key.Name, key.Name, StringComparison.Ordinal))
            {
                key.Check(given.Value, given.Origin);
                return given;
            }
        }

        return InFile(key, OfClone, ConfigLayer.Clone) ?? InFile(key, OfUser, ConfigLayer.User) ?? InFile(key, OfSystem, ConfigLayer.System);
    }

    /// <summary>The value that counts; null: nobody sets it.</summary>
    public string? ValueOf(ConfigKey key) => Find(key)?.Value;

    /// <summary>As <see cref="Find"/>, a size in bytes.</summary>
    public long? SizeOf(ConfigKey key) => ValueOf(key) is { } text && ByteSize.TryParse(text, out long bytes) ? bytes : null;

    /// <summary>All that is set, the weakest layer first: of several for one key the last counts.</summary>
    public IReadOnlyList<Setting> List() =>
    [
        .. In(OfSystem, ConfigLayer.System), .. In(OfUser, ConfigLayer.User), .. In(OfClone, ConfigLayer.Clone), .. sources.Given.Reverse(),
    ];

    private static IEnumerable<Setting> In(ConfigFile? file, ConfigLayer layer) =>
        file is null ? [] : file.Values.Select(v => new Setting(v.Key, v.Value, layer, file.Path));

    private static Setting? InFile(ConfigKey key, ConfigFile? file, ConfigLayer layer) =>
        file?.Find(key) is { } value ? new Setting(key, value, layer, file.Path) : null;

    private static ConfigFile? Load(string? path, ConfigLayer layer) => path is null ? null : ConfigFile.Load(path, layer);
}
