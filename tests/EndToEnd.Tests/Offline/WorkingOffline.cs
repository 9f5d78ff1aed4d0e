using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Offline;

/// <summary>What works, and what is said of the rest, when server, edge and memcached are killed and the user's cache is gone.</summary>
public sealed class WorkingOffline
{
    private const int UnavailableCode = 5;

    [Fact]
    public async Task A_day_on_what_was_declared_needs_nobody()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: true);
        (await history.MrAsync("offline", "add", "main")).Succeeds();
        (await history.MrAsync("offline", "add", "main~2")).Succeeds();
        await history.KillServersAsync();
        history.User.DropCache();

        Assert.Contains("all whole", (await history.MrAsync("offline", "verify")).Succeeds().Text, StringComparison.Ordinal);
        string[] log = (await history.MrAsync("log", "--format=%H")).Succeeds().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(history.Git.Lines("log", "--format=%H", "main"), log);
        Assert.Empty((await history.MrAsync("status", "--porcelain")).Succeeds().Output);
        Assert.Equal(history.Git.Text("diff", "--full-index", "main~2", "main"), (await history.MrAsync("diff", "--full-index", "main~2", "main")).Succeeds().Text);
        Assert.Equal(history.Git.Text("ls-tree", "-r", "main"), (await history.MrAsync("ls-tree", "-r", "main")).Succeeds().Text);
        Assert.Equal(history.Git.Text("show", "main:lib/deep/part7"), (await history.MrAsync("cat", "main:lib/deep/part7")).Succeeds().Text);
        Assert.Equal("main:app/file1:file 1\n", (await history.MrAsync("grep", "file 1", "main")).Succeeds().Text);

        // A branch from an older version, worked on and brought up to date.
        (await history.MrAsync("switch", "-c", "topic", "main~2")).Succeeds();
        Assert.Equal(history.Git.TreeOf(history.Copy), history.IdOf("main~2^{tree}"));
        history.Write("app/main.txt", history.Read("app/main.txt").Replace("line 39", "line 39 of mine", StringComparison.Ordinal));
        Assert.Contains("+line 39 of mine", (await history.MrAsync("diff")).Succeeds().Text, StringComparison.Ordinal);
        (await history.MrAsync("commit", "-m", "mine")).Succeeds();
        history.Write("docs/page3", "mine, too\n");
        (await history.MrAsync("amend", "--no-edit")).Succeeds();
        (await history.MrAsync("rebase", "main")).Succeeds();
        Assert.Contains("line 39 of mine", history.Read("app/main.txt"), StringComparison.Ordinal);
        Assert.Contains("line 20 changed", history.Read("app/main.txt"), StringComparison.Ordinal);

        // Between branches, with edits put aside and taken back.
        history.Write("docs/page9", "put aside\n");
        (await history.MrAsync("stash")).Succeeds();
        (await history.MrAsync("switch", "main")).Succeeds();
        Assert.Equal(history.Git.TreeOf(history.Copy), history.IdOf("main^{tree}"));
        (await history.MrAsync("merge", "topic")).Succeeds();
        (await history.MrAsync("undo")).Succeeds();
        (await history.MrAsync("cherry-pick", "topic")).Succeeds();
        (await history.MrAsync("stash", "pop")).Succeeds();
        Assert.Equal("put aside\n", history.Read("docs/page9"));
        (await history.MrAsync("restore", "docs/page9")).Succeeds();
        (await history.MrAsync("revert", "HEAD")).Succeeds();
        Assert.Equal(history.Git.TreeOf(history.Copy), history.IdOf("main^{tree}"));
        (await history.MrAsync("show", "HEAD~1")).Succeeds();
        (await history.MrAsync("branch")).Succeeds();
        Assert.Contains("all whole", (await history.MrAsync("offline", "verify")).Succeeds().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_is_named_with_its_path_and_nobody_waits()
    {
        await using DeclaredHistory history = await DeclaredHistory.StartAsync(withEdge: true);
        (await history.MrAsync("offline", "add", "main", "app")).Succeeds();

        // Its trees come, contents do not.
        (await history.MrAsync("ls-tree", "-r", "main~1")).Succeeds();
        await history.KillServersAsync();

        ProgramResult cat = await FailsAsync(history, "cat", "main~1:app/main.txt");
        Assert.Contains($"{history.IdOf("main~1:app/main.txt")} app/main.txt of {history.IdOf("main~1")[..7]}", cat.Errors, StringComparison.Ordinal);
        Assert.Contains($"'mr prefetch {history.IdOf("main~1")[..7]} app/main.txt' fetches them", cat.Errors, StringComparison.Ordinal);
        ProgramResult diff = await FailsAsync(history, "diff", "main~1", "main");
        Assert.Contains($"{history.IdOf("main~1:app/main.txt")} app/main.txt", diff.Errors, StringComparison.Ordinal);
        ProgramResult prefetch = await FailsAsync(history, "prefetch", "main~1");
        Assert.Contains(history.IdOf("main~1:app/main.txt"), prefetch.Errors, StringComparison.Ordinal);
        string topOf2 = history.IdOf("main~2^{tree}");
        foreach (string[] command in (string[][])[["checkout", "main~2"], ["ls-tree", "-r", "main~2"], ["grep", "line", "main~2"], ["log", "-p", "main~1"], ["offline", "add", "main~2"]])
        {
            ProgramResult failed = await FailsAsync(history, command);
            Assert.Contains($"{topOf2} the top directory of {history.IdOf("main~2")[..7]}", failed.Errors, StringComparison.Ordinal);
        }

        // Without the cache only what is declared is left, and holes in trees are named by their paths.
        history.User.DropCache();
        (await history.MrAsync("cat", "main:app/main.txt")).Succeeds();
        ProgramResult hole = await FailsAsync(history, "cat", "main:lib/deep/part1");
        Assert.Contains($"{history.IdOf("main:lib")} lib of {history.IdOf("main")[..7]}", hole.Errors, StringComparison.Ordinal);
        Assert.Contains("'mr offline add HEAD lib' keeps them", hole.Errors, StringComparison.Ordinal);
        File.Delete(Path.Combine(history.Copy, "docs/page1"));
        ProgramResult restore = await FailsAsync(history, "restore", "docs/page1");
        Assert.Contains("docs", restore.Errors, StringComparison.Ordinal);

        // What the server's index of paths knows.
        foreach (string[] command in (string[][])[["blame", "app/main.txt"], ["log", "--", "app/main.txt"], ["last-modified", "app"]])
        {
            Assert.Contains(command[^1], (await FailsAsync(history, command)).Errors, StringComparison.Ordinal);
        }

        await FailsAsync(history, "pull");
        await FailsAsync(history, "push", "main:refs/heads/other");
        Assert.Empty((await history.MrAsync("offline", "verify")).Succeeds().Errors);
    }

    // Refused at once: nothing is asked again, and no more than once of each server.
    private static async Task<ProgramResult> FailsAsync(DeclaredHistory history, params string[] command)
    {
        ProgramResult failed = (await history.MrAsync([command[0], "--stats", .. command[1..]])).ExitsWith(UnavailableCode);
        Assert.Contains("can't be reached", failed.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Asking again", failed.Errors, StringComparison.Ordinal);
        Assert.InRange(failed.Stats.RoundTrips, 1, 6);
        return failed;
    }
}
