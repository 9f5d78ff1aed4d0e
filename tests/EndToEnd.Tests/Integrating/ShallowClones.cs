using System.Globalization;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Integrating;

/// <summary>Clones of the last commits only, by the real programs: every command there, and the way to a whole clone.</summary>
public sealed class ShallowClones : IAsyncLifetime
{
    private const string Hint = "'mr pull --unshallow'";
    private const int Kills = 8;

    private readonly OddHistory _history = new();

    private User User => _history.User;

    private string Bot => User.PathTo("bot");

    public async ValueTask InitializeAsync()
    {
        await _history.InitializeAsync();
        File.WriteAllText(User.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
        (await User.RunAsync("clone", "--depth", "1", _history.Url, "bot")).Succeeds();
    }

    public async ValueTask DisposeAsync() => await _history.DisposeAsync();

    [Fact]
    public async Task The_files_are_the_revisions_and_little_is_fetched_for_them()
    {
        GitRepository git = _history.Git;
        Assert.Equal(git.Text("rev-parse", "main^{tree}").Trim(), git.TreeOf(Bot));
        Assert.Equal("", (await InAsync("status", "--porcelain")).Text);
        Assert.Equal("## main...origin/main\n", (await InAsync("status", "--porcelain", "-b")).Text);

        User.DropCache();
        ProgramResult clone = (await User.RunAsync("clone", "--depth", "1", "--stats", _history.Url, "counted")).Succeeds();
        Assert.InRange(clone.Stats.RoundTrips, 2, 4);
        Assert.Contains("1 commits, 1 refs (shallow)", clone.Errors, StringComparison.Ordinal);

        // A depth beyond the root: everything of the branch.
        (await User.RunAsync("clone", "--depth", "1000", "--no-checkout", _history.Url, "deep")).Succeeds();
        ProgramResult log = await User.RunInAsync(User.PathTo("deep"), "log", "--format=%H");
        Assert.Equal(git.Lines("rev-list", "main").Order(), log.Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.DoesNotContain("note:", log.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_is_right_or_says_what_is_missing()
    {
        GitRepository git = _history.Git;
        string head = git.Head;
        string path = git.Lines("ls-tree", "-r", "--name-only", "main").First(static p => p.EndsWith(".txt", StringComparison.Ordinal) && !p.Contains('"', StringComparison.Ordinal));

        // What needs one commit only is right.
        ProgramResult log = (await InAsync("log", "--format=%H %P")).Succeeds();
        Assert.Equal(git.Text("log", "-1", "--format=%H %P", "main"), log.Text);
        Assert.Contains(Hint, log.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("note:", (await InAsync("log", "-n", "1")).Succeeds().Errors, StringComparison.Ordinal);
        Assert.Equal(git.Text("log", "-1", "-p", "--format=%H", "main"), (await InAsync("log", "-p", "--format=%H")).Succeeds().Text);
        Assert.Equal(git.Text("cat-file", "blob", "main:" + path), (await InAsync("cat", "HEAD:" + path)).Succeeds().Text);
        Assert.Equal(head + "\n", (await InAsync("rev-parse", "HEAD")).Succeeds().Text);
        Assert.Equal(head + "\n", (await InAsync("merge-base", "HEAD", "main")).Succeeds().Text);
        Assert.Contains("main", (await InAsync("branch")).Succeeds().Text, StringComparison.Ordinal);
        Assert.Contains("refs/heads/main", (await InAsync("refs", "--contains", "HEAD")).Succeeds().Text, StringComparison.Ordinal);
        foreach (string[] command in (string[][])[["ls-tree", "HEAD"], ["grep", "-e", "change"], ["diff"], ["gc"], ["fsck"], ["du"], ["doctor"], ["op", "log"], ["stash", "list"], ["describe", "--always"], ["log", "--graph"], ["log", "--no-merges"]])
        {
            ProgramResult result = await InAsync(command);
            Assert.True(result.ExitCode is 0 || command[0] is "grep" or "doctor", $"{result.CommandLine}: {result.Errors}");
        }

        // The server has the parent's tree, of a commit that was cloned by its id.
        string single = git.Text("rev-list", "-1", "--no-merges", "main").Trim();
        (await User.RunAsync("clone", "--depth", "1", "--branch", single, _history.Url, "single")).Succeeds();
        Assert.Equal(git.Text("show", "--format=", "--no-renames", "--full-index", single), Patch((await User.RunInAsync(User.PathTo("single"), "show", "--full-index", "HEAD")).Succeeds().Text));

        // What needs more says so.
        foreach (string[] command in (string[][])[["rev-parse", "HEAD~1"], ["log", "--", path], ["blame", path], ["last-modified"], ["describe"], ["revert", "HEAD"], ["diff", "HEAD~1", "HEAD"], ["cherry-pick", "HEAD"], ["log", "HEAD~3..HEAD"]])
        {
            ProgramResult result = (await InAsync(command)).ExitsWith(3);
            Assert.Contains(Hint, result.Errors, StringComparison.Ordinal);
        }

        (await InAsync("amend", "--no-edit")).ExitsWith(4);

        // Two commits more, and half of that goes.
        (await InAsync("pull", "--deepen", "2")).Succeeds();
        Assert.Equal(git.Text("rev-parse", "main~1"), (await InAsync("rev-parse", "HEAD~1")).Succeeds().Text);
        Assert.Equal(git.Text("diff", "--no-renames", "--full-index", "main~1", "main"), (await InAsync("diff", "--full-index", "HEAD~1", "HEAD")).Succeeds().Text);
        Assert.Equal(git.Text("rev-list", "main~2..main"), (await InAsync("log", "--format=%H", "HEAD~2..HEAD")).Succeeds().Text);
    }

    [Fact]
    public async Task A_shallow_clone_commits_pushes_and_pulls()
    {
        await CommitAsync(Bot, "of the bot");
        Assert.Equal("## main...origin/main [ahead 1]\n", (await InAsync("status", "--porcelain", "-b")).Text);
        (await InAsync("push")).Succeeds();
        await CommitAsync(_history.Copy, "of a person");
        (await User.RunInAsync(_history.Copy, "push", "--rebase")).Succeeds();
        ProgramResult pulled = (await InAsync("pull")).Succeeds();
        Assert.Contains("2 new commits.", pulled.Text, StringComparison.Ordinal);
        (await InAsync("checkout", "main")).Succeeds();
        Assert.Equal("## main...origin/main\n", (await InAsync("status", "--porcelain", "-b")).Text);
        Assert.Equal("of a person\nof the bot\n", (await InAsync("log", "-n", "2", "--format=%s")).Succeeds().Text);

        // Others were first: the local commit goes on top, here and on the server.
        await CommitAsync(_history.Copy, "again");
        (await User.RunInAsync(_history.Copy, "push")).Succeeds();
        await CommitAsync(Bot, "rebased here");
        (await InAsync("pull", "--rebase")).Succeeds();
        Assert.Equal("rebased here\nagain\n", (await InAsync("log", "-n", "2", "--format=%s")).Succeeds().Text);
        (await InAsync("push")).Succeeds();
        (await User.RunInAsync(_history.Copy, "pull")).Succeeds();
        (await User.RunInAsync(_history.Copy, "checkout", "main")).Succeeds();
        await CommitAsync(_history.Copy, "a third time");
        (await User.RunInAsync(_history.Copy, "push")).Succeeds();
        await CommitAsync(Bot, "rebased there");
        (await InAsync("push", "--rebase")).Succeeds();
        Assert.Equal("rebased there\na third time\n", (await InAsync("log", "-n", "2", "--format=%s")).Succeeds().Text);
        (await InAsync("undo")).ExitsWith(1);
        await CommitAsync(Bot, "to be undone");
        (await InAsync("undo")).Succeeds();
        Assert.Equal("rebased there\n", (await InAsync("log", "-n", "1", "--format=%s")).Succeeds().Text);

        // The rest of the history, below all of that.
        (await InAsync("restore", ".")).Succeeds();
        (await InAsync("pull", "--unshallow")).Succeeds();
        (await User.RunInAsync(_history.Copy, "pull")).Succeeds();
        Assert.Equal((await User.RunInAsync(_history.Copy, "log", "--format=%H", "origin/main")).Succeeds().Text, (await InAsync("log", "--format=%H")).Succeeds().Text);
        Assert.Contains("refs/tags/", (await InAsync("refs")).Succeeds().Text, StringComparison.Ordinal);
        (await InAsync("blame", "base.txt")).ExitsWith(3);
        (await InAsync("pull", "--unshallow")).ExitsWith(2);
        (await InAsync("fsck")).Succeeds();
    }

    [Fact]
    public async Task Another_commit_is_checked_out_without_a_pull()
    {
        GitRepository git = _history.Git;
        string old = git.Lines("rev-list", "--first-parent", "main")[20];
        (await InAsync("checkout", "--exact", old)).Succeeds();
        Assert.Equal(git.Text("rev-parse", old + "^{tree}").Trim(), git.TreeOf(Bot));
        string branch = git.Lines("for-each-ref", "--format=%(refname:short)", "refs/heads").First(static b => b != "main");
        (await InAsync("switch", branch)).Succeeds();
        Assert.Equal(git.Text("rev-parse", branch + "^{tree}").Trim(), git.TreeOf(Bot));
        (await InAsync("checkout", "main")).Succeeds();
        (await InAsync("checkout", "nowhere")).ExitsWith(3);
        (await InAsync("checkout", new string('1', 40))).ExitsWith(3);
        (await InAsync("pull", "--depth", "1")).Succeeds();
        Assert.Equal(git.Text("rev-parse", "main^{tree}").Trim(), git.TreeOf(Bot));
        (await InAsync("fsck")).Succeeds();
    }

    [Fact]
    public async Task A_clone_and_a_deepening_that_are_killed_are_finished_by_running_them_again()
    {
        string head = _history.Git.Head;
        for (int i = 0; i < Kills; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"killed{i}");
            Directory.CreateDirectory(User.PathTo(name));
            await User.KillInAsync(User.PathTo(name), i, "clone", "--depth", "1", "--no-checkout", _history.Url, ".");
            ProgramResult again = await User.RunAsync("clone", "--depth", "1", "--no-checkout", _history.Url, name);
            Assert.True(again.ExitCode == 0 || (again.ExitCode == 4 && File.Exists(Path.Combine(User.PathTo(name), ".mr", "HEAD"))), again.Errors);
            Assert.Equal(head + "\n", (await User.RunInAsync(User.PathTo(name), "rev-parse", "HEAD")).Succeeds().Text);
            await User.KillInAsync(User.PathTo(name), i, "pull", "--unshallow");
            Assert.Equal(head + "\n", (await User.RunInAsync(User.PathTo(name), "rev-parse", "HEAD")).Succeeds().Text);
            ProgramResult rest = await User.RunInAsync(User.PathTo(name), "pull", "--unshallow");
            Assert.True(rest.ExitCode is 0 or 2, rest.Errors);
            (await User.RunInAsync(User.PathTo(name), "pull")).Succeeds();
            Assert.Equal(
                (await User.RunInAsync(_history.Copy, "refs")).Succeeds().Text,
                (await User.RunInAsync(User.PathTo(name), "refs")).Succeeds().Text);
            Assert.Equal(
                (await User.RunInAsync(_history.Copy, "log", "--all", "--format=%H")).Succeeds().Text,
                (await User.RunInAsync(User.PathTo(name), "log", "--all", "--format=%H")).Succeeds().Text);
        }
    }

    private static string Patch(string shown) => shown[shown.IndexOf("diff --git", StringComparison.Ordinal)..];

    private Task<ProgramResult> InAsync(params string[] arguments) => User.RunInAsync(Bot, arguments);

    private async Task CommitAsync(string clone, string message)
    {
        File.WriteAllText(Path.Combine(clone, message + ".txt"), message + "\n");
        (await User.RunInAsync(clone, "add", message + ".txt")).Succeeds();
        (await User.RunInAsync(clone, "commit", "-m", message)).Succeeds();
    }
}
