using Monorepo.Workspace.Configuration;

namespace Monorepo.Workspace.Tests.Configuration;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Path => _directory.File("folder/config.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Where_there_is_no_file_nothing_is_set() => Assert.Empty(ConfigFile.Load(Path, ConfigLayer.User).Values);

    [Fact]
    public void What_is_set_is_found_and_what_is_removed_is_not()
    {
        ConfigFile.Change(Path, ConfigKeys.Color, "never");
        ConfigFile.Change(Path, ConfigKeys.Alias("st"), "status -b");
        Assert.Equal("never", Load().Find(ConfigKeys.Color));
        Assert.Equal("status -b", Load().Find(ConfigKeys.Alias("st")));

        ConfigFile.Change(Path, ConfigKeys.Color, "always");
        Assert.Equal("always", Load().Find(ConfigKeys.Color));
        Assert.True(ConfigFile.Change(Path, ConfigKeys.Color, null));
        Assert.False(ConfigFile.Change(Path, ConfigKeys.Color, null));
        Assert.Null(Load().Find(ConfigKeys.Color));
        Assert.Equal("status -b", Load().Find(ConfigKeys.Alias("st")));
    }

    [Fact]
    public void A_clone_of_an_earlier_version_is_read_and_keeps_what_is_not_changed()
    {
        Write("""{"version": 1, "url": "http://h:1/n", "userName": "A", "userEmail": "a@b", "maxFetch": 1000, "blobs": ["http://e:1", "http://e:2"], "watcher": "off"}""");
        ConfigFile file = ConfigFile.Load(Path, ConfigLayer.Clone);
        Assert.Equal(
            [("url", "http://h:1/n"), ("user.name", "A"), ("user.email", "a@b"), ("maxFetch", "1000"), ("blobs", "http://e:1,http://e:2"), ("watcher", "off")],
            file.Values.Select(v => (v.Key.Name, v.Value)));

        ConfigFile.Change(Path, ConfigKeys.UserName, "B");
        string text = File.ReadAllText(Path);
        Assert.Contains("\"user.name\": \"B\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("userName", text, StringComparison.Ordinal);
        Assert.Contains("\"userEmail\": \"a@b\"", text, StringComparison.Ordinal);
        Assert.Contains("\"version\": 1", text, StringComparison.Ordinal);
        Assert.Equal("http://e:1,http://e:2", ConfigFile.Load(Path, ConfigLayer.Clone).Find(ConfigKeys.Blobs));
    }

    [Theory]
    [InlineData("""{"color": "blue"}""", "color")]
    [InlineData("""{"cache.size": "1k"}""", "cache.size")]
    [InlineData("""{"cache.size": true}""", "cache.size")]
    [InlineData("""{"color": ["auto"]}""", "color")]
    [InlineData("""{"user.name": "A <b>"}""", "user.name")]
    [InlineData("""{"color": "auto", "color": "never"}""", "color")]
    [InlineData("""{"userName": "A", "user.name": "B"}""", "user.name")]
    [InlineData("""{"url": "http://h:1/n"}""", "url")]
    [InlineData("""{"alias.x": "!ls"}""", "alias.x")]
    [InlineData("""{"version": 2, "anything": 1}""", "version")]
    public void A_value_that_its_key_does_not_take_names_file_and_key(string text, string key)
    {
        Write(text);
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigFile.Load(Path, ConfigLayer.User));
        Assert.Equal(key, error.Key);
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Equal(key == "version", error.IsOtherVersion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"color\": \"auto\",}")]
    public void A_file_that_is_no_object_is_damaged(string text)
    {
        Write(text);
        ConfigException error = Assert.Throws<ConfigException>(() => ConfigFile.Load(Path, ConfigLayer.User));
        Assert.Null(error.Key);
        Assert.Contains(Path, error.Message, StringComparison.Ordinal);
        Assert.Throws<ConfigException>(() => ConfigFile.Change(Path, ConfigKeys.Color, "auto"));
        Assert.Equal(text, File.ReadAllText(Path));
    }

    [Fact]
    public void A_wrong_value_is_mended_by_setting_it()
    {
        Write("""{"color": "blue", "cache.size": "x"}""");
        ConfigFile.Change(Path, ConfigKeys.Color, "auto");
        ConfigFile.Change(Path, ConfigKeys.CacheSize, null);
        Assert.Equal("auto", Load().Find(ConfigKeys.Color));
    }

    [Fact]
    public void A_wrong_value_is_not_set()
    {
        ConfigFile.Change(Path, ConfigKeys.Color, "auto");
        Assert.Throws<ConfigException>(() => ConfigFile.Change(Path, ConfigKeys.Color, "blue"));
        Assert.Equal("auto", Load().Find(ConfigKeys.Color));
    }

    [Fact]
    public void Unknown_names_stay_in_a_users_file_and_are_refused_in_a_clones()
    {
        Write("""{"color": "auto", "newer": {"a": [1]}}""");
        Assert.Equal(["newer"], Load().Unknown);
        ConfigFile.Change(Path, ConfigKeys.Color, "never");
        Assert.Contains("\"newer\"", File.ReadAllText(Path), StringComparison.Ordinal);
        Assert.Throws<ConfigException>(() => ConfigFile.Load(Path, ConfigLayer.Clone));
    }

    [Fact]
    public void A_link_to_the_file_stays_a_link()
    {
        Write("{}");
        string link = _directory.File("link.json");
        File.CreateSymbolicLink(link, Path);
        ConfigFile.Change(link, ConfigKeys.Color, "never");
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal("never", Load().Find(ConfigKeys.Color));
    }

    [Fact]
    public async Task Changes_at_the_same_time_are_refused_or_made_and_none_is_lost()
    {
        Task<bool>[] changes = [.. Enumerable.Range(0, 32).Select(i => Task.Run(() =>
        {
            try
            {
                return ConfigFile.Change(Path, ConfigKeys.Alias($"a{i}"), "status");
            }
            catch (IOException)
            {
                return false;
            }
        }))];
        bool[] made = await Task.WhenAll(changes);
        Assert.Equal(made.Count(m => m), Load().Values.Count);
        Assert.Contains(true, made);
    }

    private ConfigFile Load() => ConfigFile.Load(Path, ConfigLayer.User);

    private void Write(string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        File.WriteAllText(Path, text);
    }
}
