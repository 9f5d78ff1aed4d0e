using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Watching;

/// <summary>The watcher as a process: started by a command, killed, stopped in its tracks, without its folder. A status is the same in each case.</summary>
[Collection(nameof(OddHistory))]
public sealed class WatcherProcesses(OddHistory served) : IAsyncLifetime
{
    private const int NegativeCode = 1;
    private const int UnavailableCode = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly User _user = new();

    private string Copy => _user.PathTo("copy");

    public async ValueTask InitializeAsync()
    {
        (await _user.RunAsync("clone", served.Url, Copy)).Succeeds();
        File.WriteAllText(Path.Combine(_user.Folder, ".gitconfig"), "[user]\n  name = A U Thor\n  email = author@example.com\n");
        _user.UseWatcher();
    }

    public async ValueTask DisposeAsync()
    {
        await _user.RunInAsync(Copy, "watcher", "stop");
        _user.Dispose();
    }

    [Fact]
    public async Task Every_format_is_the_scans_after_edits_a_commit_and_a_checkout()
    {
        await StartAsync();
        await SameAsync();
        File.WriteAllText(Path.Combine(Copy, "untracked"), "x");
        Directory.CreateDirectory(Path.Combine(Copy, "new/deep"));
        File.WriteAllText(Path.Combine(Copy, "new/deep/file"), "x");
        await SameAsync();
        string tracked = Directory.EnumerateFiles(Copy).First(f => !f.EndsWith("untracked", StringComparison.Ordinal) && new FileInfo(f).LinkTarget is null);
        File.AppendAllText(tracked, "more");
        await SameAsync();
        (await _user.RunInAsync(Copy, "commit", "-m", "edited")).Succeeds();
        await SameAsync();
        (await _user.RunInAsync(Copy, "checkout", "--force", "HEAD^")).Succeeds();
        await SameAsync();
        ProgramResult verified = (await _user.RunInAsync(Copy, "status", "--verify")).Succeeds();
        Assert.Contains("verified", verified.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await InfoAsync()).GetProperty("differences").GetInt64());
    }

    [Fact]
    public async Task The_first_status_starts_one_and_a_killed_one_is_replaced()
    {
        (await _user.RunInAsync(Copy, "status")).Succeeds();
        int first = await StartAsync();
        using (Process watcher = Process.GetProcessById(first))
        {
            watcher.Kill();
            await watcher.WaitForExitAsync().WaitAsync(s_patience);
        }

        File.WriteAllText(Path.Combine(Copy, "made-meanwhile"), "x");
        await SameAsync();
        int second = await StartAsync();
        Assert.NotEqual(first, second);
        await SameAsync();
    }

    [Fact]
    public async Task One_of_another_version_is_told_to_end_and_replaced()
    {
        using OtherVersionsWatcher other = new(Path.Combine(Copy, ".mr/watcher"));
        File.WriteAllText(Path.Combine(Copy, "made-meanwhile"), "x");
        ProgramResult status = (await _user.RunInAsync(Copy, "status", "--porcelain")).Succeeds();
        Assert.Contains("?? made-meanwhile", status.Text, StringComparison.Ordinal);
        await other.Ended.WaitAsync(s_patience);
        await StartAsync();
        await SameAsync();
    }

    [Fact]
    public async Task One_that_hangs_holds_nobody_up()
    {
        int watcher = await StartAsync();
        Signals.Send("STOP", watcher);
        File.WriteAllText(Path.Combine(Copy, "made-meanwhile"), "x");
        ProgramResult status = (await _user.RunInAsync(Copy, "status", "--porcelain")).Succeeds();
        Assert.Contains("?? made-meanwhile", status.Text, StringComparison.Ordinal);
        Signals.Send("CONT", watcher);
        await SameAsync();
    }

    [Fact]
    public async Task It_ends_when_its_folder_is_renamed_or_removed()
    {
        int watcher = await StartAsync();
        using Process process = Process.GetProcessById(watcher);
        Directory.Move(Copy, Copy + "-moved");
        await process.WaitForExitAsync().WaitAsync(s_patience);
        Directory.Move(Copy + "-moved", Copy);
        watcher = await StartAsync();
        using Process again = Process.GetProcessById(watcher);

        // By a program that takes names that are no text.
        using (Process remove = Process.Start("/bin/rm", ["-rf", Copy]))
            await remove.WaitForExitAsync().WaitAsync(s_patience);
        await again.WaitForExitAsync().WaitAsync(s_patience);
        (await _user.RunAsync("clone", served.Url, Copy)).Succeeds();
    }

    [Theory]
    [InlineData("max_inotify_watches", 1, "max_user_watches")]
    [InlineData("max_inotify_instances", 0, "max_user_instances")]
    public async Task Out_of_the_systems_means_it_says_how_to_get_more_and_status_scans(string limit, int value, string named)
    {
        // A user namespace has limits of its own, which nobody else feels.
        string limited = string.Create(CultureInfo.InvariantCulture, $"echo {value} > /proc/sys/user/{limit} && exec \"$@\"");
        ProgramResult start = await _user.RunProgramAsync(Copy, "unshare", "--user", "--map-root-user", "sh", "-ec", limited, "sh", Programs.Client, "watcher", "start");
        start.ExitsWith(UnavailableCode);
        Assert.Contains($"sysctl fs.inotify.{named}=", start.Errors, StringComparison.Ordinal);
        Assert.Equal("blind", (await InfoAsync()).GetProperty("state").GetString());

        File.WriteAllText(Path.Combine(Copy, "made-meanwhile"), "x");
        ProgramResult status = (await _user.RunInAsync(Copy, "status", "--porcelain")).Succeeds();
        Assert.Contains("?? made-meanwhile", status.Text, StringComparison.Ordinal);
        Assert.Contains($"sysctl fs.inotify.{named}=", status.Errors, StringComparison.Ordinal);
        await SameAsync();
    }

    [Fact]
    public async Task Off_means_none()
    {
        (await _user.RunInAsync(Copy, "watcher", "status")).ExitsWith(NegativeCode);
        string config = Path.Combine(Copy, ".mr/config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"version\"", "\"watcher\": \"off\",\n  \"version\"", StringComparison.Ordinal));
        (await _user.RunInAsync(Copy, "status")).Succeeds();
        Assert.False(Directory.Exists(Path.Combine(Copy, ".mr/watcher")));
    }

    private async Task<int> StartAsync()
    {
        (await _user.RunInAsync(Copy, "watcher", "start")).Succeeds();
        JsonElement info = await InfoAsync();
        Assert.Equal("ready", info.GetProperty("state").GetString());
        return info.GetProperty("processId").GetInt32();
    }

    private async Task<JsonElement> InfoAsync() => JsonDocument.Parse((await _user.RunInAsync(Copy, "watcher", "status", "--json")).Text).RootElement;

    // Options the fast way does not know take the slow one.
    private async Task SameAsync()
    {
        foreach (string[] format in (string[][])[[], ["--porcelain"], ["-z", "-b"], ["--json"]])
        {
            ProgramResult watched = (await _user.RunInAsync(Copy, ["status", .. format])).Succeeds();
            ProgramResult scanned = (await _user.RunInAsync(Copy, ["status", .. format, "--max-fetch", "1G"])).Succeeds();
            Assert.Equal(scanned.Text, watched.Text);
        }
    }
}
