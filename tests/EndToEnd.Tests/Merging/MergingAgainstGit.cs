using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Merging;

/// <summary>Merges and rebases by the real programs, beside git's over the same history; killed on the way.</summary>
public sealed class MergingAgainstGit : IClassFixture<ForkedHistory>, IAsyncLifetime
{
    private const int Kills = 12;
    private const int EventsMax = 120;

    private readonly ForkedHistory _history;
    private readonly User _user = new();

    public MergingAgainstGit(ForkedHistory history)
    {
        _history = history;
        File.WriteAllText(_user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
    }

    private string Copy => _user.PathTo("copy");

    public async ValueTask InitializeAsync() => (await _user.RunAsync("clone", _history.Url, "copy")).Succeeds();

    public ValueTask DisposeAsync()
    {
        _user.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_merge_stops_at_gits_conflicts_and_ends_in_gits_tree()
    {
        string git = _history.CheckOut("merged");
        Assert.Equal(1, GitCommand.Try(git, "merge", "topic").Code);
        ProgramResult stopped = (await InAsync("merge", "topic", "--stats")).ExitsWith(1);
        Assert.InRange(stopped.Stats.RoundTrips, 1, 8);
        Assert.Equal(Conflicts(git), (await InAsync("status", "--porcelain")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        AssertSameTree(git);
        (await InAsync("checkout", "topic")).ExitsWith(4);
        (await InAsync("commit", "-m", "too early")).ExitsWith(4);
        (await InAsync("rebase", "topic")).ExitsWith(4);

        GitCommand.Run(git, "checkout", "-q", "--theirs", ".");
        GitCommand.Run(git, "commit", "-q", "-a", "-m", "merged");
        (await InAsync("resolve", "--theirs", ".")).Succeeds();
        (await InAsync("commit", "-m", "merged")).Succeeds();
        AssertSameTree(git);
        Assert.StartsWith("## main...origin/main [ahead ", (await InAsync("status", "--porcelain", "-b")).Text, StringComparison.Ordinal);
        Assert.Contains("Already up to date", (await InAsync("merge", "topic")).Succeeds().Text, StringComparison.Ordinal);
        (await InAsync("push")).Succeeds();
    }

    [Fact]
    public async Task A_rebase_killed_again_and_again_ends_in_gits_tree()
    {
        string git = _history.CheckOut("rebased");
        Assert.Equal(1, GitCommand.Try(git, "rebase", "-q", "topic").Code);
        GitCommand.Run(git, "checkout", "-q", "--theirs", ".");
        GitCommand.Run(git, "add", "-A");
        GitCommand.Run(git, "-c", "core.editor=true", "rebase", "--continue");
        string before = _history.Git.TreeOf(Copy);
        string head = await HeadAsync();
        Random random = new(17);
        for (int kill = 0; kill < Kills; kill++)
        {
            await _user.KillInAsync(Copy, random.Next(EventsMax), "rebase", "topic");
            if (await IsUnfinishedAsync())
            {
                await _user.KillInAsync(Copy, random.Next(EventsMax), "rebase", "--abort");
                if (await IsUnfinishedAsync())
                    (await InAsync("rebase", "--abort")).Succeeds();
            }

            Assert.True(before == _history.Git.TreeOf(Copy), $"kill {kill}: {_history.Git.DifferenceOf(before, _history.Git.TreeOf(Copy))}");
            Assert.Equal(head, await HeadAsync());
            Assert.Equal("", (await InAsync("status", "--porcelain")).Succeeds().Text);
        }

        (await InAsync("rebase", "topic")).ExitsWith(1);
        (await InAsync("resolve", "--theirs", ".")).Succeeds();
        await _user.KillInAsync(Copy, 2, "rebase", "--continue");
        if (await IsUnfinishedAsync())
            (await InAsync("rebase", "--continue")).Succeeds();
        AssertSameTree(git);
        Assert.Equal(ForkedHistory.MainCommits + 1, (await InAsync("log", "--oneline", "topic..main")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("", (await InAsync("status", "--porcelain")).Succeeds().Text);
    }

    private static string[] Conflicts(string git) =>
        [.. System.Text.Encoding.UTF8.GetString(GitCommand.Run(git, "status", "--porcelain")).Split('\n').Where(static l => l.StartsWith("UU", StringComparison.Ordinal))];

    private Task<ProgramResult> InAsync(params string[] arguments) => _user.RunInAsync(Copy, arguments);

    private void AssertSameTree(string git)
    {
        (string theirs, string ours) = (_history.Git.TreeOf(git), _history.Git.TreeOf(Copy));
        Assert.True(theirs == ours, _history.Git.DifferenceOf(theirs, ours));
    }

    private async Task<bool> IsUnfinishedAsync() => (await InAsync("status", "--json")).Succeeds().Text.Contains("\"operation\":\"rebase\"", StringComparison.Ordinal);

    private async Task<string> HeadAsync()
    {
        string text = (await InAsync("status", "--json")).Succeeds().Text;
        return text.Substring(text.IndexOf("\"commit\":\"", StringComparison.Ordinal) + 10, 40);
    }
}
