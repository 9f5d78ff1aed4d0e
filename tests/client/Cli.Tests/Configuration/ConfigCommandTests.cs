using System.Text.Json;
using Monorepo.Cli.Tests.Commands;
using Monorepo.Workspace.Configuration;

namespace Monorepo.Cli.Tests.Configuration;

/// <summary>mr config and what follows from settings. One clone, whose file each test puts back.</summary>
public sealed class ConfigCommandTests : IClassFixture<TangledHistory>, IDisposable
{
    private const int Negative = 1;
    private const int Usage = 2;
    private const int NotFound = 3;

    private readonly ConfiguredClone _clone;
    private readonly byte[] _before;

    public ConfigCommandTests(TangledHistory history)
    {
        _clone = new ConfiguredClone(history);
        _before = File.ReadAllBytes(_clone.CloneFile);
    }

    public void Dispose()
    {
        File.WriteAllBytes(_clone.CloneFile, _before);
        _clone.Dispose();
    }

    [Fact]
    public async Task A_setting_is_made_in_the_clone_unless_another_layer_is_named()
    {
        await _clone.SucceedsAsync("config", "set", "user.name", "Clone");
        await _clone.SucceedsAsync("config", "--user", "set", "user.name", "User");
        await _clone.SucceedsAsync("config", "set", "--system", "user.name", "System");
        Assert.Equal("Clone\n", await _clone.SucceedsAsync("config", "get", "user.name"));
        Assert.Equal("User\n", await _clone.SucceedsAsync("config", "--user", "get", "user.name"));
        Assert.Equal("System\n", await _clone.SucceedsAsync("config", "get", "user.name", "--system"));
        await _clone.SucceedsAsync("config", "unset", "user.name");
        Assert.Equal("User\n", await _clone.SucceedsAsync("config", "get", "user.name"));
        Assert.Equal((Negative, ""), await _clone.RunAsync("config", "unset", "user.name"));
        Assert.Equal((Negative, ""), await _clone.RunAsync("config", "get", "pager"));
    }

    [Fact]
    public async Task Outside_of_a_clone_the_users_file_is_changed()
    {
        Assert.Equal(0, (await _clone.RunInAsync(_clone.Elsewhere, "config", "set", "color", "never")).Code);
        Assert.Equal("never", ConfigFile.Load(_clone.UserFile, ConfigLayer.User).Find(ConfigKeys.Color));
        Assert.Equal(NotFound, (await _clone.RunInAsync(_clone.Elsewhere, "config", "--clone", "set", "color", "never")).Code);
    }

    [Fact]
    public async Task The_list_tells_where_settings_come_from_and_which_count()
    {
        await _clone.SucceedsAsync("config", "--user", "set", "maxFetch", "1G");
        await _clone.SucceedsAsync("config", "set", "maxFetch", "2G");
        _clone.Given.Add(new Setting(ConfigKeys.MaxFetch, "3G", ConfigLayer.Environment, "MR_MAX_FETCH"));
        Assert.Contains("maxFetch=3G\n", await _clone.SucceedsAsync("config", "list"), StringComparison.Ordinal);
        Assert.DoesNotContain("2G", await _clone.SucceedsAsync("config", "list"), StringComparison.Ordinal);

        JsonElement[] all = [.. (await _clone.SucceedsAsync("config", "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
        Assert.Equal(
            [("user", "1G", _clone.UserFile, false), ("clone", "2G", _clone.CloneFile, false), ("environment", "3G", "MR_MAX_FETCH", true)],
            all.Where(e => e.GetProperty("key").GetString() == "maxFetch")
                .Select(e => (e.GetProperty("layer").GetString(), e.GetProperty("value").GetString(), e.GetProperty("origin").GetString(), e.GetProperty("counts").GetBoolean())));
        string origins = await _clone.SucceedsAsync("config", "list", "--show-origin");
        Assert.Contains($"{_clone.UserFile}\tmaxFetch=1G\t(hidden)\n", origins, StringComparison.Ordinal);
        Assert.Contains("MR_MAX_FETCH\tmaxFetch=3G\n", origins, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config", "set", "color", "blue")]
    [InlineData("config", "--user", "set", "url", "http://h:1/n")]
    [InlineData("config", "set", "alias.log", "status")]
    [InlineData("config", "set", "alias.x", "!ls")]
    [InlineData("config", "set", "alias.x", "mr status")]
    [InlineData("config", "set", "alias.x", "log 'open")]
    [InlineData("config", "--user", "--clone", "set", "color", "auto")]
    [InlineData("config", "unset", "url")]
    [InlineData("--config", "color=blue", "refs")]
    [InlineData("--config", "color", "refs")]
    [InlineData("remote", "set-url", "nowhere")]
    public async Task What_can_not_be_is_refused_and_changes_nothing(params string[] arguments)
    {
        if (arguments is ["--config", ..])
        {
            arguments = [.. arguments[2..], .. arguments[..2]];
        }

        Assert.Equal(Usage, (await _clone.RunAsync(arguments)).Code);
        Assert.Equal(_before, File.ReadAllBytes(_clone.CloneFile));
    }

    [Fact]
    public async Task An_unknown_setting_is_not_found() => Assert.Equal(NotFound, (await _clone.RunAsync("config", "set", "colour", "auto")).Code);

    [Fact]
    public async Task A_wrong_value_in_a_file_stops_commands_that_need_it_and_can_be_mended()
    {
        File.WriteAllText(_clone.CloneFile, """{"version": 1, "url": "http://h:1/n", "color": "blue"}""");
        Assert.Equal(Usage, (await _clone.RunAsync("log", "-n", "1")).Code);
        await _clone.SucceedsAsync("config", "set", "color", "auto");
        await _clone.SucceedsAsync("log", "-n", "1");
    }

    [Fact]
    public async Task An_alias_is_a_command_line()
    {
        await _clone.SucceedsAsync("config", "--user", "set", "alias.last", "log -n 1 '--format=%h  %s'");
        await _clone.SucceedsAsync("config", "set", "alias.l", "last --no-color");
        string expected = await _clone.SucceedsAsync("log", "-n", "1", "--format=%h  %s", "main");
        Assert.NotEqual("", expected);
        Assert.Equal(expected, await _clone.SucceedsAsync("last", "main"));
        Assert.Equal(expected, await _clone.SucceedsAsync("--no-pager", "l", "main"));
        Assert.Equal(expected, await _clone.SucceedsAsync("--max-fetch", "1G", "l", "main"));
    }

    [Fact]
    public async Task An_alias_that_leads_to_itself_is_refused()
    {
        await _clone.SucceedsAsync("config", "set", "alias.a", "b");
        await _clone.SucceedsAsync("config", "set", "alias.b", "a");
        Assert.Equal(Usage, (await _clone.RunAsync("a")).Code);
    }

    [Fact]
    public async Task A_command_is_itself_whatever_a_file_calls_so()
    {
        File.WriteAllText(_clone.CloneFile, """{"version": 1, "url": "http://h:1/n", "alias.refs": "status"}""");
        Assert.Contains("refs/heads/main", await _clone.SucceedsAsync("refs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_is_shown_and_named_anew()
    {
        Assert.Equal("origin\n", await _clone.SucceedsAsync("remote"));
        await _clone.SucceedsAsync("remote", "set-url", "http://other:7/some/name");
        Assert.StartsWith("origin\thttp://other:7/some/name (fetch)\norigin\thttp://other:7/some/name (push)\n", await _clone.SucceedsAsync("remote", "-v"), StringComparison.Ordinal);
        await _clone.SucceedsAsync("config", "set", "blobs", "http://edge:1,http://edge:2");
        Assert.EndsWith("origin\thttp://edge:1 (contents)\norigin\thttp://edge:2 (contents)\n", await _clone.SucceedsAsync("remote", "-v"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", false, false)]
    [InlineData("auto", true, true)]
    [InlineData("always", false, true)]
    [InlineData("never", true, false)]
    public async Task Colours_are_as_the_setting_says(string setting, bool isTerminal, bool isColored)
    {
        await _clone.SucceedsAsync("config", "set", "color", setting);
        _clone.OutputIsTerminal = isTerminal;
        Assert.Equal(isColored, (await _clone.SucceedsAsync("log", "-n", "1", "main")).Contains("\x1b[33mcommit", StringComparison.Ordinal));
        Assert.DoesNotContain("\x1b", await _clone.SucceedsAsync("log", "-n", "1", "main", "--no-color"), StringComparison.Ordinal);
        Assert.Contains("\x1b", await _clone.SucceedsAsync("log", "-n", "1", "main", "--color"), StringComparison.Ordinal);
        _clone.Given.Add(new Setting(ConfigKeys.Color, "never", ConfigLayer.Environment, "NO_COLOR"));
        Assert.DoesNotContain("\x1b", await _clone.SucceedsAsync("log", "-n", "1", "main"), StringComparison.Ordinal);
    }
}
