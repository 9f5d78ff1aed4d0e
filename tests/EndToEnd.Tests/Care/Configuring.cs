using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Care;

/// <summary>Settings, colours and the pager as a person at a terminal meets them.</summary>
[Collection(nameof(OddHistory))]
public sealed class Configuring(OddHistory served) : IDisposable
{
    private const int UsageCode = 2;
    private const int NotFoundCode = 3;

    private readonly User _user = new();

    public void Dispose() => _user.Dispose();

    [Fact]
    public async Task A_name_that_mr_is_told_is_the_commits()
    {
        string copy = await CloneAsync();
        (await _user.RunAsync("config", "--user", "set", "user.name", "Of User")).Succeeds();
        (await _user.RunAsync("config", "--user", "set", "user.email", "user@example.com")).Succeeds();
        (await _user.RunInAsync(copy, "config", "set", "user.name", "Of Clone")).Succeeds();
        (await _user.RunInAsync(copy, "commit", "--allow-empty", "-m", "mine")).Succeeds();
        Assert.Equal("Of Clone <user@example.com>\n", (await _user.RunInAsync(copy, "log", "-n", "1", "--format=%an <%ae>")).Succeeds().Text);
    }

    [Theory]
    [InlineData("mr --help", "--no-such-option")]
    [InlineData("mr gc --help", "gc", "--no-such-option")]
    [InlineData("mr worktree add --help", "worktree", "add")]
    public async Task A_wrong_command_line_is_told_which_help_is_meant(string help, params string[] arguments) =>
        Assert.Contains($"'{help}'", (await _user.RunAsync(arguments)).ExitsWith(UsageCode).Errors, StringComparison.Ordinal);

    [Fact]
    public async Task A_cache_keeps_to_its_limit()
    {
        (await _user.RunAsync("config", "--user", "set", "cache.size", "16M")).Succeeds();
        string copy = await CloneAsync();
        string text = (await _user.RunInAsync(copy, "du", "--json")).Succeeds().Text;
        using System.Text.Json.JsonDocument use = System.Text.Json.JsonDocument.Parse(text);
        System.Text.Json.JsonElement cache = use.RootElement.GetProperty("cache");
        Assert.Equal(16 << 20, cache.GetProperty("bytesMax").GetInt64());
        Assert.InRange(cache.GetProperty("bytes").GetInt64(), 1, 16 << 20);
        Assert.True(use.RootElement.GetProperty("clone").GetProperty("history").GetInt64() > 0);
        (await _user.RunInAsync(copy, "config", "--user", "set", "cache.size", "tiny")).ExitsWith(UsageCode);
    }

    [Fact]
    public async Task A_wrong_setting_is_named_with_its_file()
    {
        string copy = await CloneAsync();
        string file = Path.Combine(copy, ".mr/config.json");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"version\"", "\"color\": \"blue\", \"version\"", StringComparison.Ordinal));
        ProgramResult log = (await _user.RunInAsync(copy, "log", "-n", "1")).ExitsWith(UsageCode);
        Assert.Contains("'color'", log.Errors, StringComparison.Ordinal);
        Assert.Contains(file, log.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log -n 3", "\u001b[33mcommit ")]
    [InlineData("diff HEAD~1 HEAD", "\u001b[1mdiff --git ")]
    [InlineData("status", "\u001b[31m")]
    public async Task On_a_terminal_there_are_colours(string command, string expected)
    {
        string copy = await CloneAsync();
        await File.WriteAllTextAsync(Path.Combine(copy, "untracked"), "x");
        Assert.Contains(expected, (await OnTerminalAsync(copy, $"'{Programs.Client}' --no-pager {command} 2>/dev/null")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", (await OnTerminalAsync(copy, $"NO_COLOR=1 '{Programs.Client}' --no-pager {command} 2>/dev/null")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", (await OnTerminalAsync(copy, $"TERM=dumb '{Programs.Client}' --no-pager {command} 2>/dev/null")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", (await _user.RunInAsync(copy, command.Split(' '))).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watchers_status_has_the_same_colours()
    {
        string copy = await CloneAsync();
        await File.WriteAllTextAsync(Path.Combine(copy, "untracked"), "x");
        (await _user.RunInAsync(copy, "config", "set", "color", "always")).Succeeds();
        string scanned = (await _user.RunInAsync(copy, "status")).Succeeds().Text;
        Assert.Contains("\u001b[31m", scanned, StringComparison.Ordinal);
        _user.UseWatcher();
        (await _user.RunInAsync(copy, "watcher", "start")).Succeeds();
        Assert.Equal(scanned, (await _user.RunInAsync(copy, "status")).Succeeds().Text);
        (await _user.RunInAsync(copy, "watcher", "stop")).Succeeds();
    }

    [Fact]
    public async Task Long_output_on_a_terminal_goes_through_the_pager_and_only_there()
    {
        string copy = await CloneAsync();
        (await _user.RunAsync("config", "--user", "set", "pager", "sed 's/^/paged:/'")).Succeeds();
        Assert.StartsWith("paged:", (await OnTerminalAsync(copy, $"'{Programs.Client}' log -n 2 --no-color")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("paged:", (await OnTerminalAsync(copy, $"'{Programs.Client}' --no-pager log -n 2")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("paged:", (await OnTerminalAsync(copy, $"'{Programs.Client}' refs")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("paged:", (await _user.RunInAsync(copy, "log", "-n", "2")).Succeeds().Text, StringComparison.Ordinal);
        Assert.StartsWith("other:", (await OnTerminalAsync(copy, $"MR_PAGER=\"sed 's/^/other:/'\" '{Programs.Client}' log -n 2 --no-color")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pager_that_ends_early_is_no_error()
    {
        string copy = await CloneAsync();
        ProgramResult log = await OnTerminalAsync(copy, $"MR_PAGER='head -n 1' '{Programs.Client}' log --all -p --no-color");
        Assert.Single(log.Text.TrimEnd().Split('\n'));
        Assert.Equal("", log.Errors);
    }

    [Fact]
    public async Task An_error_behind_a_pager_is_told_after_it_and_keeps_its_code()
    {
        string copy = await CloneAsync();
        ProgramResult show = await TryOnTerminalAsync(copy, $"MR_PAGER=cat\\ -n '{Programs.Client}' show no-such-thing");
        Assert.Equal(NotFoundCode, show.ExitCode);
        Assert.Contains("no-such-thing", show.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pager_that_is_not_there_is_told()
    {
        string copy = await CloneAsync();
        ProgramResult log = await TryOnTerminalAsync(copy, $"MR_PAGER=no-such-pager '{Programs.Client}' log -n 1");
        Assert.Equal(NotFoundCode, log.ExitCode);
        Assert.Contains("--no-pager", log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alias_runs_a_command()
    {
        string copy = await CloneAsync();
        (await _user.RunAsync("config", "--user", "set", "alias.last", "log -n 1 --format=%H")).Succeeds();
        Assert.Equal((await _user.RunInAsync(copy, "rev-parse", "HEAD")).Succeeds().Text, (await _user.RunInAsync(copy, "last")).Succeeds().Text);
        (await _user.RunInAsync(copy, "lost")).ExitsWith(UsageCode);
    }

    private async Task<string> CloneAsync()
    {
        string copy = _user.PathTo("copy");
        (await _user.RunAsync("clone", served.Url, copy)).Succeeds();
        return copy;
    }

    private async Task<ProgramResult> OnTerminalAsync(string directory, string command) => (await TryOnTerminalAsync(directory, command)).Succeeds();

    // script gives its program a terminal and prints what it writes there, errors too.
    private async Task<ProgramResult> TryOnTerminalAsync(string directory, string command)
    {
        // What the runtime sends a terminal to make its keys send what terminfo says.
        const string KeypadOn = "\u001b[?1h\u001b=";
        ProgramResult result = await _user.RunProgramAsync(directory, "script", "-qec", $"export TERM=xterm; {command}", "/dev/null");
        return result with { Output = System.Text.Encoding.UTF8.GetBytes(result.Text.Replace(KeypadOn, "", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal)) };
    }
}
