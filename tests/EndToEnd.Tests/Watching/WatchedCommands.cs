using System.Text.Json;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Watching;

/// <summary>Logs of paths that a watcher answers are those that the command prints by itself, whatever happened since the last one.</summary>
public sealed class WatchedCommands : IAsyncLifetime
{
    private static readonly Dictionary<string, string> s_off = new(StringComparer.Ordinal) { ["MR_WATCHER"] = "off" };

    private readonly OddHistory _served = new();
    private string _path = "";

    private User User => _served.User;

    private string Copy => _served.Copy;

    public async ValueTask InitializeAsync()
    {
        await _served.InitializeAsync();
        User.UseWatcher();
        File.WriteAllText(Path.Combine(User.Folder, ".gitconfig"), "[user]\n  name = A U Thor\n  email = author@example.com\n");
        (await User.RunInAsync(Copy, "watcher", "start")).Succeeds();

        // The one that most commits changed, of those that have names for a shell.
        _path = _served.Git.Lines("log", "--name-only", "--format=").Where(p => p.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-')).CountBy(p => p).MaxBy(p => p.Value).Key;
    }

    public async ValueTask DisposeAsync()
    {
        await User.RunInAsync(Copy, "watcher", "stop");
        await _served.DisposeAsync();
    }

    [Fact]
    public async Task Every_form_is_what_the_command_prints_by_itself()
    {
        string[][] forms =
        [
            ["--oneline", "--", _path], ["--oneline", "--", _path], ["--", "."], ["-n", "3", "--", _path], ["--graph", "--oneline", "--", "."], ["--json", "--", _path],
            ["--format=%h%d %an %ad %s%n%b", "--date=iso", "--", _path, "nowhere"], ["--since=10 years ago", "--", _path], ["--grep=e", "--author=.", "-i", "--", "."], ["--decorate", "--all", "--", _path], ["HEAD~1", "--", _path],
            ["--", "nowhere"],
        ];
        for (int i = 0; i < forms.Length; i++)
        {
            await SameAsync(Copy, forms[i]);
            Assert.True(i + 1 == await CountAsync(), $"The watcher did not run log {string.Join(' ', forms[i])}.");
        }

        string below = Directory.EnumerateDirectories(Copy).First(d => Path.GetFileName(d)[0] != '.');
        await SameAsync(below, ["--oneline", "--", "."]);
        await SameAsync(below, ["--oneline", "--", "../" + _path]);
        Assert.Equal(forms.Length + 2, await CountAsync());
    }

    [Fact]
    public async Task What_a_watcher_does_not_run_is_run_all_the_same()
    {
        string[][] forms =
        [
            ["--oneline"], ["--oneline", "--color=always", "--", _path], ["--stat", "--oneline", "--", _path], ["--no-such-option", "--", _path], ["--oneline", "--", "../outside"],
            ["no-such-revision", "--", _path],
        ];
        foreach (string[] form in forms)
        {
            await SameAsync(Copy, form);
            Assert.True(await CountAsync() == 0, $"The watcher ran log {string.Join(' ', form)}.");
        }

        // More than a watcher keeps of one command.
        await SameAsync(Copy, [$"--format=%h{new string('x', 40_000)}", "--", "."]);
        Assert.Equal(Commits() * 40_000 > 1 << 20 ? 0 : 1, await CountAsync());

        // What the watcher took from its own environment would be wrong.
        Dictionary<string, string> elsewhere = new(StringComparer.Ordinal) { ["TZ"] = "Asia/Tokyo" };
        long before = await CountAsync();
        ProgramResult there = await RunAsync(Copy, elsewhere, ["--oneline", "--", _path]);
        ProgramResult here = await RunAsync(Copy, [], ["--oneline", "--", _path]);
        Assert.Equal(here.Succeeds().Text, there.Succeeds().Text);
        Assert.Equal(before + 1, await CountAsync());
    }

    [Fact]
    public async Task Commits_that_were_made_and_pulled_since_are_seen()
    {
        await SameAsync(Copy, ["--oneline", "--", _path]);
        await EditAsync(Copy, "made here");
        Assert.Contains("made here", await SameAsync(Copy, ["--", _path]), StringComparison.Ordinal);
        (await User.RunInAsync(Copy, "undo")).Succeeds();
        (await User.RunInAsync(Copy, "checkout", "--force", "HEAD")).Succeeds();
        Assert.DoesNotContain("made here", await SameAsync(Copy, ["--", _path]), StringComparison.Ordinal);

        string other = User.PathTo("other");
        (await User.RunAsync("clone", _served.Url, other)).Succeeds();
        await EditAsync(other, "made elsewhere");
        (await User.RunInAsync(other, "push")).Succeeds();
        Assert.DoesNotContain("made elsewhere", await SameAsync(Copy, ["--", _path]), StringComparison.Ordinal);
        (await User.RunInAsync(Copy, "pull", "--rebase")).Succeeds();
        Assert.Contains("made elsewhere", await SameAsync(Copy, ["--", _path]), StringComparison.Ordinal);
        Assert.Equal(5, await CountAsync());
    }

    [Fact]
    public async Task A_server_that_went_away_and_came_back_and_a_watcher_that_hangs_change_no_answer()
    {
        string known = await SameAsync(Copy, ["--", _path]);
        await _served.Server.KillAsync();
        Assert.Equal(known, await SameAsync(Copy, ["--", _path]));
        await SameAsync(Copy, ["--", "never-asked-for"]);
        Assert.Equal(2, await CountAsync());

        await _served.Server.RestartAsync();
        await SameAsync(Copy, ["--", "never-asked-for"]);
        Assert.Equal(3, await CountAsync());

        int watcher = (await InfoAsync()).GetProperty("processId").GetInt32();
        Signals.Send("STOP", watcher);
        Assert.Equal(known, (await RunAsync(Copy, [], ["--", _path])).Succeeds().Text);
        Signals.Send("CONT", watcher);
        await SameAsync(Copy, ["--", _path]);
    }

    [Fact]
    public async Task Many_at_once_all_get_the_same()
    {
        const int Many = 12;
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => RunAsync(Copy, [], ["--", _path])));
        string alone = (await RunAsync(Copy, s_off, ["--", _path])).Succeeds().Text;
        Assert.All(results, r => Assert.Equal(alone, r.Succeeds().Text));
        Assert.NotEqual(0, await CountAsync());
    }

    [Fact]
    public async Task On_a_terminal_there_are_colours_and_a_pager()
    {
        foreach (string pager in (string[])["cat", "sed s/^/paged:/", "no-such-pager"])
        {
            string command = $"export MR_PAGER='{pager}'; {{}} {Programs.Client} log --oneline --decorate -n 3 -- {_path}";
            ProgramResult alone = await OnTerminalAsync(command.Replace("{}", "MR_WATCHER=off", StringComparison.Ordinal));
            ProgramResult watched = await OnTerminalAsync(command.Replace("{}", "", StringComparison.Ordinal));
            Assert.Equal((alone.ExitCode, alone.Text), (watched.ExitCode, watched.Text));
            Assert.Equal(pager != "no-such-pager", watched.Text.Contains("\u001b[33m", StringComparison.Ordinal));
        }

        Assert.Equal(3, await CountAsync());
    }

    // Watched first: what the server told is kept for the other one.
    private async Task<string> SameAsync(string directory, string[] arguments)
    {
        ProgramResult watched = await RunAsync(directory, [], arguments);
        ProgramResult alone = await RunAsync(directory, s_off, arguments);
        Assert.Equal((alone.ExitCode, alone.Text, alone.Errors), (watched.ExitCode, watched.Text, watched.Errors));
        return watched.Text;
    }

    private async Task<ProgramResult> RunAsync(string directory, Dictionary<string, string> more, string[] arguments)
    {
        using ProgramRun run = User.StartIn(directory, more, ["log", .. arguments]);
        return await run.FinishAsync();
    }

    private async Task EditAsync(string copy, string message)
    {
        File.AppendAllText(Path.Combine(copy, _path), "more\n");
        (await User.RunInAsync(copy, "commit", "-m", message)).Succeeds();
    }

    private Task<ProgramResult> OnTerminalAsync(string command) => User.RunProgramAsync(Copy, "script", "-qec", $"export TERM=xterm; {command}", "/dev/null");

    private int Commits() => _served.Git.Lines("rev-list", "HEAD").Length;

    private async Task<long> CountAsync() => (await InfoAsync()).GetProperty("commands").GetInt64();

    private async Task<JsonElement> InfoAsync() => JsonDocument.Parse((await User.RunInAsync(Copy, "watcher", "status", "--json")).Text).RootElement;
}
