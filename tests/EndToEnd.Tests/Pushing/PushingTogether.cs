using System.Globalization;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Pushing;

/// <summary>Developers with clones of their own push to one branch; commands are killed on the way.</summary>
public sealed class PushingTogether : IAsyncLifetime
{
    private const int Kills = 6;

    private readonly OddHistory _history = new();
    private readonly User[] _users = [new User(), new User(), new User()];

    public async ValueTask InitializeAsync()
    {
        await _history.InitializeAsync();
        foreach (User user in _users)
        {
            File.WriteAllText(user.PathTo(".gitconfig"), "[user]\n\tname = Dev Eloper\n\temail = dev@example.com\n");
            (await user.RunAsync("clone", _history.Url, "copy")).Succeeds();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (User user in _users)
            user.Dispose();
        await _history.DisposeAsync();
    }

    [Fact]
    public async Task Disjoint_changes_land_and_a_conflicting_one_is_refused()
    {
        await CommitAsync(_users[0], "first.txt", "one\n");
        await CommitAsync(_users[1], "second.txt", "two\n");
        await CommitAsync(_users[2], "first.txt", "other\n");
        (await InAsync(_users[0], "push")).Succeeds();
        (await InAsync(_users[1], "push", "--rebase")).Succeeds();
        ProgramResult refused = (await InAsync(_users[2], "push", "--rebase")).ExitsWith(1);
        Assert.Contains("first.txt", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("## main...origin/main [ahead 1]", (await InAsync(_users[2], "status", "--porcelain", "-b")).Text, StringComparison.Ordinal);
        Assert.Equal("## main...origin/main\n", (await InAsync(_users[1], "status", "--porcelain", "-b")).Text);
        Assert.Equal("one\n", File.ReadAllText(Copy(_users[1], "first.txt")));
        await AssertServedTreeAsync(_users[1]);
    }

    [Fact]
    public async Task Killed_commits_and_pushes_are_finished_by_running_them_again()
    {
        User user = _users[0];
        for (int i = 0; i < Kills; i++)
        {
            string text = i.ToString(CultureInfo.InvariantCulture);
            File.WriteAllText(Copy(user, "counted"), text);
            await KillAsync(user, i, "commit", "-m", text, "counted");
            ProgramResult again = await InAsync(user, "commit", "-m", text, "counted");
            Assert.True(again.ExitCode is 0 or 1, again.Errors);
            await KillAsync(user, i, "push", "--rebase");
            (await InAsync(user, "push", "--rebase")).Succeeds();
            await CommitAsync(_users[1], "other", text);
            (await InAsync(_users[1], "push", "--rebase")).Succeeds();
        }

        (await InAsync(user, "pull")).Succeeds();
        (await InAsync(user, "checkout", "main")).Succeeds();
        Assert.Equal("## main...origin/main\n", (await InAsync(user, "status", "--porcelain", "-b")).Text);
        string subjects = (await InAsync(user, "log", "-n", (2 * Kills).ToString(CultureInfo.InvariantCulture), "--json")).Text;
        Assert.Equal(2 * Kills, subjects.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(l => l.Contains("Dev Eloper", StringComparison.Ordinal)));
        await AssertServedTreeAsync(user);
    }

    // Kills after a part of the time that the command takes, each time another one.
    private static async Task KillAsync(User user, int step, params string[] arguments)
    {
        using ProgramRun run = user.StartIn(user.PathTo("copy"), arguments);
        await Task.WhenAny(run.Exited, Spin(TimeSpan.FromMilliseconds(20 + (step * 35))));
        if (!run.Exited.IsCompleted)
            await run.KillAsync();
    }

    private static Task Spin(TimeSpan time)
    {
        TaskCompletionSource done = new();
        CancellationTokenSource timer = new(time);
        timer.Token.Register(done.SetResult);
        return done.Task;
    }

    private static string Copy(User user, string file) => Path.Combine(user.PathTo("copy"), file);

    private static Task<ProgramResult> InAsync(User user, params string[] arguments) => user.RunInAsync(user.PathTo("copy"), arguments);

    private static async Task CommitAsync(User user, string file, string text)
    {
        File.WriteAllText(Copy(user, file), text);
        (await InAsync(user, "commit", "-m", $"{file}: {text}", file)).Succeeds();
    }

    /// <summary>What a fresh clone checks out is what the pusher has, to git.</summary>
    private async Task AssertServedTreeAsync(User user)
    {
        using User fresh = new();
        (await fresh.RunAsync("clone", _history.Url, "copy")).Succeeds();
        Assert.Equal(_history.Git.TreeOf(user.PathTo("copy")), _history.Git.TreeOf(fresh.PathTo("copy")));
        Assert.Equal((await InAsync(user, "log", "-n", "1", "--json")).Text, (await InAsync(fresh, "log", "-n", "1", "--json")).Text);
    }
}
