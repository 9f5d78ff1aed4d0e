using System.Text;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Days;

/// <summary>
/// A day of two people on one server: three branches, a merge with conflicts, a stack rebased onto a main that moves, a part of the tree only, an hour without the
/// server, pushes. At its end git finds nothing wrong with the repository, and both have what the server has.
/// </summary>
public sealed class WorkingDay : IAsyncLifetime
{
    private readonly OddHistory _history = new();
    private readonly User _ann = new();
    private readonly User _bob = new();

    public async ValueTask InitializeAsync()
    {
        await _history.InitializeAsync();
        foreach ((User user, string name) in ((User, string)[])[(_ann, "Ann"), (_bob, "Bob")])
        {
            File.WriteAllText(user.PathTo(".gitconfig"), $"[user]\n\tname = {name}\n\temail = {name}@example.com\n");
            (await user.RunAsync("clone", _history.Url, "work")).Succeeds();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ann.Dispose();
        _bob.Dispose();
        await _history.DisposeAsync();
    }

    [Fact]
    public async Task Two_people_three_branches_and_nothing_wrong_at_the_end()
    {
        // Morning: each begins a branch; Ann's touches what Bob's does.
        await MrAsync(_ann, "switch", "-c", "ann/menu");
        Write(_ann, "menu.txt", "soup\nbread\ncheese\n");
        Write(_ann, "notes/ann.txt", "1\n");
        await MrAsync(_ann, "add", "menu.txt", "notes");
        await MrAsync(_ann, "commit", "-m", "Begin the menu");
        await MrAsync(_ann, "push", "ann/menu");
        await MrAsync(_bob, "pull");
        await MrAsync(_bob, "switch", "-c", "bob/menu", "ann/menu");
        Write(_bob, "menu.txt", "soup\nbread\nham\n");
        await MrAsync(_bob, "commit", "-m", "Ham for cheese");
        Write(_ann, "menu.txt", "soup\nbread\nolives\n");
        Write(_ann, "notes/ann.txt", "2\n");
        await MrAsync(_ann, "commit", "-m", "Olives for cheese");
        Write(_ann, "notes/ann.txt", "3\n");
        await MrAsync(_ann, "amend", "-m", "Olives for cheese, and a note");
        await MrAsync(_ann, "push", "ann/menu");

        // Bob merges her branch: a conflict, once taken back, once resolved.
        await MrAsync(_bob, "pull");
        (await InAsync(_bob, "merge", "origin/ann/menu")).ExitsWith(1);
        Assert.Contains("UU menu.txt", (await MrAsync(_bob, "status", "--porcelain")).Text, StringComparison.Ordinal);
        (await InAsync(_bob, "commit", "-m", "too early")).ExitsWith(4);
        (await InAsync(_bob, "switch", "main")).ExitsWith(4);
        await MrAsync(_bob, "merge", "--abort");
        Assert.Equal("soup\nbread\nham\n", Read(_bob, "menu.txt"));
        (await InAsync(_bob, "merge", "origin/ann/menu")).ExitsWith(1);
        Write(_bob, "menu.txt", "soup\nbread\nham and olives\n");
        await MrAsync(_bob, "resolve", "menu.txt");
        await MrAsync(_bob, "commit");
        Assert.Equal("3\n", Read(_bob, "notes/ann.txt"));
        await MrAsync(_bob, "push", "bob/menu");

        // Main moves while Ann has a stack on it.
        await MrAsync(_ann, "switch", "main");
        await MrAsync(_ann, "switch", "-c", "ann/stack");
        for (int i = 0; i < 3; i++)
        {
            Write(_ann, $"stack/{i}", $"{i}\n");
            await MrAsync(_ann, "add", $"stack/{i}");
            await MrAsync(_ann, "commit", "-m", $"Stack {i}");
        }

        await MrAsync(_bob, "switch", "main");
        Write(_bob, "main.txt", "bob\n");
        await MrAsync(_bob, "commit", "-m", "Main goes on", "main.txt");
        await MrAsync(_bob, "push", "main");
        await MrAsync(_ann, "pull");
        await MrAsync(_ann, "rebase", "origin/main");
        Assert.Equal("bob\n", Read(_ann, "main.txt"));
        Assert.Equal("Stack 2\nStack 1\nStack 0\nMain goes on\n", (await MrAsync(_ann, "log", "-n", "4", "--format=%s")).Text);

        // Bob was first again: this time the server puts hers on top.
        Write(_bob, "main.txt", "bob 2\n");
        await MrAsync(_bob, "commit", "-m", "Main goes on again");
        await MrAsync(_bob, "push", "main");
        await MrAsync(_ann, "push", "ann/stack:main", "--rebase");

        // A part of the tree only, and an hour without the server.
        await MrAsync(_bob, "pull");
        await MrAsync(_bob, "checkout", "main");
        Assert.Equal("2\n", Read(_bob, "stack/2"));
        await MrAsync(_bob, "sparse", "include", "stack");
        Assert.False(File.Exists(Path.Combine(_bob.PathTo("work"), "main.txt")));
        await _history.Server.KillAsync();
        await MrAsync(_bob, "switch", "-c", "bob/offline");
        Write(_bob, "stack/2", "two\n");
        await MrAsync(_bob, "commit", "-m", "Offline");
        Write(_bob, "stack/2", "2 again\n");
        await MrAsync(_bob, "commit", "-m", "Offline, a second");
        await MrAsync(_bob, "revert", "HEAD");
        Assert.Equal("two\n", Read(_bob, "stack/2"));
        await MrAsync(_bob, "log", "-n", "5", "--oneline");
        await MrAsync(_bob, "diff", "main", "HEAD");
        (await InAsync(_bob, "pull")).ExitsWith(5);
        await _history.Server.RestartAsync();
        await MrAsync(_bob, "push", "bob/offline");
        await MrAsync(_bob, "sparse", "reset");
        Assert.Equal("bob 2\n", Read(_bob, "main.txt"));

        // Evening: both have what the server has, and git finds nothing wrong with any of it.
        await MrAsync(_ann, "pull");
        await MrAsync(_ann, "switch", "bob/offline");
        Assert.Equal(_history.Git.TreeOf(_bob.PathTo("work")), _history.Git.TreeOf(_ann.PathTo("work")));
        foreach (User user in (User[])[_ann, _bob])
        {
            Assert.Empty((await MrAsync(user, "status", "--porcelain")).Text);
            await MrAsync(user, "fsck");
        }

        await AssertExportAsync();
    }

    private async Task AssertExportAsync()
    {
        await _history.Server.KillAsync();
        string exported = _history.Scratch("exported.git");
        using (ProgramRun export = ProgramRun.Start(
            Programs.Admin, _history.Scratch(""), new Dictionary<string, string>(StringComparer.Ordinal), "export", exported, "--repo", ServedHistory.Name, "--data", _history.Data))
        {
            (await export.FinishAsync()).Succeeds();
        }

        string here = (await MrAsync(_bob, "rev-parse", "bob/offline")).Text.Trim();
        Assert.Equal(here, Encoding.UTF8.GetString(GitCommand.Run(exported, "rev-parse", "refs/heads/bob/offline")).Trim());

        // Only what was made today is judged: the history before has oddities that git itself warns of.
        string[] made = Encoding.UTF8.GetString(GitCommand.Run(exported, "rev-list", "--objects", "--all", "--not", _history.Git.Head)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(made.Length > 30, $"{made.Length} objects");
        (int code, byte[] output) = GitCommand.Try(exported, "fsck", "--strict");
        string[] wrong = [.. Encoding.UTF8.GetString(output).Split('\n').Where(line => made.Any(m => line.Contains(m[..40], StringComparison.Ordinal)) && !line.StartsWith("dangling", StringComparison.Ordinal))];
        Assert.True(wrong.Length == 0, $"exit {code}: {string.Join('\n', wrong)}");
    }

    private static async Task<ProgramResult> MrAsync(User user, params string[] arguments) => (await InAsync(user, arguments)).Succeeds();

    private static Task<ProgramResult> InAsync(User user, params string[] arguments) => user.RunInAsync(user.PathTo("work"), arguments);

    private static string Read(User user, string path) => File.ReadAllText(Path.Combine(user.PathTo("work"), path));

    private static void Write(User user, string path, string text)
    {
        string full = Path.Combine(user.PathTo("work"), path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
