using System.Globalization;
using System.Text.Json;
using Monorepo.EndToEnd.Tests.Offline;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Worktrees;

/// <summary>Several working copies of one clone, used by real processes, also at once.</summary>
public sealed class SeveralWorkingCopies : IAsyncLifetime
{
    private const int ConflictCode = 4;
    private const int NotFoundCode = 3;
    private const int CorruptCode = 7;
    private const int Commits = 6;
    private const int Kills = 8;

    private DeclaredHistory _history = null!;

    private string Other => _history.User.PathTo("other");

    public async ValueTask InitializeAsync() => _history = await DeclaredHistory.StartAsync(withEdge: false);

    public ValueTask DisposeAsync() => _history.DisposeAsync();

    [Fact]
    public async Task Each_has_its_own_files_and_branch_and_all_see_the_same_commits()
    {
        (await InFirstAsync("worktree", "add", "../other", "-b", "topic", "main~1")).Succeeds();
        Assert.Equal(_history.IdOf("main~1^{tree}"), _history.Git.TreeOf(Other));
        Assert.Equal(_history.IdOf("main^{tree}"), _history.Git.TreeOf(_history.Copy));
        await CommitAsync(Other, "app/file0", "mine\n");
        Assert.Empty((await InFirstAsync("status", "--porcelain")).Succeeds().Output);
        Assert.Equal("mine\n", (await InFirstAsync("cat", "topic:app/file0")).Succeeds().Text);
        Assert.False(Directory.Exists(Path.Combine(Other, ".mr/local")));

        // A branch is checked out once.
        Assert.Contains($"already checked out at '{Other}'", (await InFirstAsync("switch", "topic")).ExitsWith(ConflictCode).Errors, StringComparison.Ordinal);
        Assert.Contains($"already checked out at '{_history.Copy}'", (await InOtherAsync("checkout", "main")).ExitsWith(ConflictCode).Errors, StringComparison.Ordinal);
        (await InFirstAsync("worktree", "add", "../third", "topic")).ExitsWith(ConflictCode);
        Assert.False(Directory.Exists(_history.User.PathTo("third")));
        (await InFirstAsync("branch", "-D", "topic")).ExitsWith(ConflictCode);
        (await InFirstAsync("branch", "-m", "topic", "renamed")).ExitsWith(ConflictCode);
        (await InFirstAsync("switch", "--detach", "topic")).Succeeds();
        Assert.Equal(_history.Git.TreeOf(Other), _history.Git.TreeOf(_history.Copy));
        (await InFirstAsync("switch", "main")).Succeeds();

        // Rules are one's own, stashes are shared.
        (await InOtherAsync("sparse", "include", "app")).Succeeds();
        Assert.False(Directory.Exists(Path.Combine(Other, "docs")));
        Assert.True(Directory.Exists(Path.Combine(_history.Copy, "docs")));
        await File.WriteAllTextAsync(Path.Combine(Other, "app/main.txt"), "put aside\n", TestContext.Current.CancellationToken);
        (await InOtherAsync("stash")).Succeeds();
        Assert.Contains("stash@{0}", (await InFirstAsync("stash", "list")).Succeeds().Text, StringComparison.Ordinal);

        JsonElement[] listed = [.. Operator.Parse((await InOtherAsync("worktree", "list", "--json")).Succeeds()).EnumerateArray()];
        Assert.Equal([(_history.Copy, "main"), (Other, "topic")], listed.Select(w => (w.GetProperty("path").GetString()!, w.GetProperty("branch").GetString()!)));
        (await InFirstAsync("fsck")).Succeeds();
        (await InOtherAsync("fsck")).Succeeds();
    }

    [Fact]
    public async Task Undo_takes_back_what_was_done_here_and_nothing_of_the_others()
    {
        (await InFirstAsync("worktree", "add", "../other", "-b", "topic")).Succeeds();
        string here = await CommitAsync(_history.Copy, "app/file0", "here\n");
        string there = await CommitAsync(Other, "app/file1", "there\n");
        (await InOtherAsync("tag", "mark")).Succeeds();
        (await InFirstAsync("undo")).Succeeds();
        Assert.Equal(_history.IdOf("main"), await HeadAsync(_history.Copy));
        Assert.Equal("here\n", _history.Read("app/file0"));
        Assert.Equal(there, await HeadAsync(Other));
        Assert.Contains("elsewhere", (await InFirstAsync("op", "log")).Succeeds().Text, StringComparison.Ordinal);

        // What the others did is not undone from here, not even by its number.
        foreach (JsonElement operation in OperationsOf((await InFirstAsync("op", "log", "--json")).Succeeds().Text).Where(static o => o.GetProperty("elsewhere").GetBoolean()))
        {
            (await InFirstAsync("undo", operation.GetProperty("number").GetInt64().ToString(CultureInfo.InvariantCulture))).ExitsWith(ConflictCode);
        }

        (await InFirstAsync("redo")).Succeeds();
        Assert.Equal(here, await HeadAsync(_history.Copy));
        (await InOtherAsync("undo")).Succeeds();
        (await InOtherAsync("undo")).Succeeds();
        Assert.Equal(_history.IdOf("main"), await HeadAsync(Other));
        Assert.Equal(here, await HeadAsync(_history.Copy));
    }

    [Fact]
    public async Task Gc_and_pushes_keep_what_other_working_copies_stand_on()
    {
        (await InFirstAsync("worktree", "add", "../other", "--detach", "main")).Succeeds();
        string detached = await CommitAsync(Other, "app/file0", "on no branch\n");
        (await InFirstAsync("worktree", "add", "../third", "-b", "shared")).Succeeds();
        string third = _history.User.PathTo("third");
        string shared = await CommitAsync(third, "app/file1", "shared\n");

        // The branch is the server's from then on, and no local one.
        (await InFirstAsync("push", "shared")).Succeeds();
        (await InFirstAsync("pull")).Succeeds();
        (await InFirstAsync("gc", "--config", "gc.keepDays=0")).Succeeds();
        Assert.Equal(shared, await HeadAsync(third));
        Assert.Empty((await _history.User.RunInAsync(third, "status", "--porcelain")).Succeeds().Output);
        Assert.Equal(detached, await HeadAsync(Other));
        await CommitAsync(third, "app/file2", "and on\n");
        await CommitAsync(Other, "app/file2", "and on\n");

        // Gone, perhaps with its disk: nothing is taken away before somebody says so.
        Directory.Move(Other, _history.User.PathTo("away"));
        Assert.Contains("mr worktree prune", (await InFirstAsync("gc", "--config", "gc.keepDays=0")).Succeeds().Text, StringComparison.Ordinal);
        Assert.Contains("gone", (await InFirstAsync("worktree", "list")).Succeeds().Text, StringComparison.Ordinal);

        // Back under another name, it is known again.
        Directory.Move(_history.User.PathTo("away"), _history.User.PathTo("moved"));
        Assert.Equal("on no branch\n", (await _history.User.RunInAsync(_history.User.PathTo("moved"), "cat", $"{detached}:app/file0")).Succeeds().Text);
        Assert.DoesNotContain("gone", (await InFirstAsync("worktree", "list")).Succeeds().Text, StringComparison.Ordinal);
        (await _history.User.RunProgramAsync(_history.User.Folder, "cp", "-a", "moved", "copied")).Succeeds();
        (await _history.User.RunInAsync(_history.User.PathTo("copied"), "status")).ExitsWith(CorruptCode);

        Directory.Delete(_history.User.PathTo("moved"), recursive: true);
        (await InFirstAsync("worktree", "prune")).Succeeds();
        (await InFirstAsync("gc", "--config", "gc.keepDays=0")).Succeeds();
        (await InFirstAsync("cat", $"{detached}:app/file0")).ExitsWith(NotFoundCode);
    }

    [Fact]
    public async Task Removing_one_loses_no_changes_unless_told_to()
    {
        (await InFirstAsync("worktree", "add", "../other")).Succeeds();
        string kept = await CommitAsync(Other, "app/file0", "kept\n");
        await File.WriteAllTextAsync(Path.Combine(Other, "new"), "unsaved\n", TestContext.Current.CancellationToken);
        (await _history.User.RunProgramAsync(Other, "sh", "-c", "d=$(printf 'no utf-8 \\377') && mkdir \"$d\" && ln -s .. \"$d/up\" && : > \"$d/$d\"")).Succeeds();
        (await InFirstAsync("worktree", "remove", "../other")).ExitsWith(ConflictCode);
        Assert.True(File.Exists(Path.Combine(Other, "new")));
        (await InFirstAsync("worktree", "remove", "--force", "../other")).Succeeds();
        Assert.False(Directory.Exists(Other));
        Assert.Equal("kept\n", (await InFirstAsync("cat", "other:app/file0")).Succeeds().Text);
        (await InFirstAsync("switch", "other")).Succeeds();
        Assert.Equal(kept, await HeadAsync(_history.Copy));
        (await InFirstAsync("worktree", "add", "sub/inside")).ExitsWith(ConflictCode);
        Assert.Single(Operator.Parse((await InFirstAsync("worktree", "list", "--json")).Succeeds()).EnumerateArray());
    }

    [Fact]
    public async Task Commands_in_two_working_copies_at_once_take_turns()
    {
        (await InFirstAsync("worktree", "add", "../other", "-b", "topic")).Succeeds();
        await Task.WhenAll(CommitSomeAsync(_history.Copy), CommitSomeAsync(Other));
        foreach ((string copy, string branch) in ((string, string)[])[(_history.Copy, "main"), (Other, "topic")])
        {
            string[] made = (await _history.User.RunInAsync(copy, "log", "--format=%s", $"{_history.IdOf("main")}..{branch}")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(Enumerable.Range(0, Commits).Reverse().Select(static n => $"commit {n}"), made);
            Assert.Empty((await _history.User.RunInAsync(copy, "status", "--porcelain")).Succeeds().Output);
        }

        (await InFirstAsync("fsck")).Succeeds();
    }

    [Fact]
    public async Task A_killed_add_or_remove_is_gone_on_with_or_forgotten()
    {
        Random random = new(31);
        for (int kill = 0; kill < Kills; kill++)
        {
            await KillInFirstAsync(random.Next(1, 60), "worktree", "add", "../other", "-b", $"topic{kill}");
            if (Directory.Exists(Path.Combine(Other, ".mr")) && File.Exists(Path.Combine(Other, ".mr/store")))
            {
                (await InOtherAsync("status")).Succeeds();
                (await InOtherAsync("switch", "--detach", "main")).Succeeds();
                Assert.Equal(_history.IdOf("main^{tree}"), _history.Git.TreeOf(Other));
                await KillInFirstAsync(random.Next(1, 200), "worktree", "remove", "../other");
                await InFirstAsync("worktree", "remove", "--force", "../other");
            }

            if (Directory.Exists(Other))
                Directory.Delete(Other, recursive: true);
            (await InFirstAsync("worktree", "prune")).Succeeds();
            Assert.Single(Operator.Parse((await InFirstAsync("worktree", "list", "--json")).Succeeds()).EnumerateArray());
            Assert.Empty((await InFirstAsync("status", "--porcelain")).Succeeds().Output);
        }
    }

    // Counts what happens in the user's folder, for the new working copy is not there yet.
    private Task KillInFirstAsync(int events, params string[] arguments) => _history.User.KillInAsync(_history.Copy, _history.User.Folder, events, arguments);

    private async Task CommitSomeAsync(string copy)
    {
        for (int n = 0; n < Commits; n++)
        {
            await File.WriteAllTextAsync(Path.Combine(copy, "app/main.txt"), $"{copy} {n}\n", TestContext.Current.CancellationToken);
            (await _history.User.RunInAsync(copy, "commit", "-m", $"commit {n}")).Succeeds();
        }
    }

    private async Task<string> CommitAsync(string copy, string path, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(copy, path), content, TestContext.Current.CancellationToken);
        (await _history.User.RunInAsync(copy, "commit", "-m", path)).Succeeds();
        return await HeadAsync(copy);
    }

    private async Task<string> HeadAsync(string copy) => (await _history.User.RunInAsync(copy, "rev-parse", "HEAD")).Succeeds().Text.Trim();

    private static IEnumerable<JsonElement> OperationsOf(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement);

    private Task<ProgramResult> InFirstAsync(params string[] arguments) => _history.MrAsync(arguments);

    private Task<ProgramResult> InOtherAsync(params string[] arguments) => _history.User.RunInAsync(Other, arguments);
}
