using Monorepo.Workspace.Configuration;

namespace Monorepo.Workspace.Tests.Configuration;

public sealed class SettingsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string System => _directory.File("system.json");

    private string User => _directory.File("user.json");

    private string Clone => _directory.File("clone.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_stronger_layer_wins()
    {
        Assert.Null(Open().ValueOf(ConfigKeys.CacheSize));
        ConfigFile.Change(System, ConfigKeys.CacheSize, "100M");
        Assert.Equal(100L << 20, Open().SizeOf(ConfigKeys.CacheSize));
        ConfigFile.Change(User, ConfigKeys.CacheSize, "200M");
        Assert.Equal(200L << 20, Open().SizeOf(ConfigKeys.CacheSize));
        ConfigFile.Change(Clone, ConfigKeys.CacheSize, "300M");
        Assert.Equal((ConfigLayer.Clone, Clone), (Open().Find(ConfigKeys.CacheSize)!.Value.Layer, Open().Find(ConfigKeys.CacheSize)!.Value.Origin));
        Setting variable = new(ConfigKeys.CacheSize, "400M", ConfigLayer.Environment, "MR_CACHE_SIZE");
        Setting option = new(ConfigKeys.CacheSize, "500M", ConfigLayer.CommandLine, "--config");
        Assert.Equal("400M", Open(variable).ValueOf(ConfigKeys.CacheSize));
        Assert.Equal("500M", new Settings(new SettingSources(System, User, [variable]).With([option]), Clone).ValueOf(ConfigKeys.CacheSize));
        Assert.Equal(["100M", "200M", "300M", "400M"], Open(variable).List().Select(s => s.Value));
    }

    [Fact]
    public void A_wrong_variable_is_named()
    {
        Setting variable = new(ConfigKeys.MaxFetch, "much", ConfigLayer.Environment, "MR_MAX_FETCH");
        ConfigException error = Assert.Throws<ConfigException>(() => Open(variable).Find(ConfigKeys.MaxFetch));
        Assert.Contains("MR_MAX_FETCH", error.Message, StringComparison.Ordinal);
        Assert.Contains("much", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_read_only_when_a_question_gets_to_it()
    {
        File.WriteAllText(System, "damaged");
        ConfigFile.Change(User, ConfigKeys.Color, "never");
        Settings settings = Open();
        Assert.Equal("never", settings.ValueOf(ConfigKeys.Color));
        Assert.Throws<ConfigException>(() => settings.ValueOf(ConfigKeys.Pager));
    }

    [Fact]
    public void Every_key_has_a_name_of_its_own_and_says_what_it_takes()
    {
        Assert.Equal(ConfigKeys.All.Count, ConfigKeys.All.Select(k => k.Name).Distinct().Count());
        foreach (ConfigKey key in ConfigKeys.All)
        {
            Assert.Same(key, ConfigKeys.Find(key.Name));
            Assert.NotEqual("", key.Form);
            Assert.EndsWith(".", key.Description, StringComparison.Ordinal);
        }

        Assert.Null(ConfigKeys.Find("alias."));
        Assert.Null(ConfigKeys.Find("alias.-x"));
        Assert.Null(ConfigKeys.Find("alias.a b"));
        Assert.NotNull(ConfigKeys.Find("alias.a-b_1"));
    }

    private Settings Open(params Setting[] given) => new(new SettingSources(System, User, given), Clone);
}
