using System.Globalization;
using System.Text.Json;

namespace Monorepo.Cli.Tests.Commands.Operations;

/// <summary>What people type, against a real server.</summary>
public sealed class OperationCommandsTests
{
    [Fact]
    public async Task A_commit_is_undone_redone_and_told_of()
    {
        await using WorkedClone clone = await WorkedClone.StartAsync();
        string before = await clone.HeadAsync();
        clone.Write("new.txt", "text");
        await clone.RunAsync("commit", "-m", "first words", "new.txt");
        string after = await clone.HeadAsync();
        JsonElement operation = await clone.LastOperationAsync();
        Assert.Equal("mr commit -m 'first words' new.txt", operation.GetProperty("command").GetString());
        Assert.Equal(before, operation.GetProperty("head").GetProperty("before").GetProperty("commit").GetString());
        Assert.Equal(after, operation.GetProperty("head").GetProperty("after").GetProperty("commit").GetString());
        Assert.False(operation.GetProperty("movesFiles").GetBoolean());

        Assert.StartsWith("Undid operation ", await clone.RunAsync("undo"), StringComparison.Ordinal);
        Assert.Equal(before, await clone.HeadAsync());
        Assert.Equal("?? new.txt\n", await clone.StatusAsync());
        Assert.Equal("text", clone.Read("new.txt"));
        Assert.Equal(operation.GetProperty("number").GetInt64(), (await clone.LastOperationAsync()).GetProperty("undoes").GetInt64());
        Assert.Contains("(undone)", await clone.RunAsync("op", "log"), StringComparison.Ordinal);

        await clone.RunAsync("redo");
        Assert.Equal(after, await clone.HeadAsync());
        Assert.Equal("", await clone.StatusAsync());
        await clone.RunAsync(1, "redo");
        string shown = await clone.RunAsync("op", "show", operation.GetProperty("number").GetRawText());
        Assert.Contains($"HEAD:    main {before[..7]} -> main {after[..7]}\n", shown, StringComparison.Ordinal);
        await clone.RunAsync(3, "op", "show", "99");
        await clone.RunAsync(3, "undo", "99");
        await clone.RunAsync(2, "undo", "one");
    }

    [Fact]
    public async Task An_exact_checkout_removes_what_was_added_and_not_committed()
    {
        await using WorkedClone clone = await WorkedClone.StartAsync();
        clone.Write("new/file", "text");
        await clone.RunAsync("add", "new");
        await clone.RunAsync("checkout", "--exact", "HEAD");
        Assert.False(Directory.Exists(Path.Combine(clone.Top, "new")));
        Assert.Equal("", await clone.StatusAsync());
    }

    [Fact]
    public async Task A_checkout_is_one_operation_and_what_it_overwrites_comes_back()
    {
        await using WorkedClone clone = await WorkedClone.StartAsync();
        clone.Write("file", "committed");
        await clone.RunAsync("commit", "-m", "file", "file");
        string tip = await clone.HeadAsync();
        clone.Write("file", "mine");
        clone.Write("more", "mine too");
        await clone.RunAsync(4, "checkout", "HEAD~1");
        await clone.RunAsync("checkout", "--force", "HEAD~1");
        Assert.False(File.Exists(Path.Combine(clone.Top, "file")));
        JsonElement operation = await clone.LastOperationAsync();
        Assert.True(operation.GetProperty("movesFiles").GetBoolean());
        Assert.Equal(1, operation.GetProperty("discarded").GetArrayLength());
        Assert.Contains(" file\n", await clone.RunAsync("op", "show", operation.GetProperty("number").GetRawText()), StringComparison.Ordinal);
        await clone.RunAsync("undo");
        Assert.Equal(tip, await clone.HeadAsync());
        Assert.Equal(("mine", "mine too"), (clone.Read("file"), clone.Read("more")));
        Assert.Equal(" M file\n?? more\n", await clone.StatusAsync());

        clone.Write("file", "mine, otherwise");
        await clone.RunAsync(4, "redo");
        Assert.Equal("mine, otherwise", clone.Read("file"));
    }

    [Fact]
    public async Task A_push_can_not_be_undone_nor_what_it_pushed()
    {
        await using WorkedClone clone = await WorkedClone.StartAsync();
        clone.Write("new", "text");
        await clone.RunAsync("commit", "-m", "one", "new");
        string pushed = await clone.HeadAsync();
        string commit = (await clone.LastOperationAsync()).GetProperty("number").GetInt64().ToString(CultureInfo.InvariantCulture);
        await clone.RunAsync("push");
        Assert.True((await clone.LastOperationAsync()).GetProperty("published").GetBoolean());
        await clone.RunAsync(1, "undo");
        await clone.RunAsync(1, "undo", commit);
        await clone.RunAsync("pull");
        await clone.RunAsync(1, "undo");
        Assert.Equal(pushed, await clone.HeadAsync());
        clone.Write("new", "other");
        await clone.RunAsync("commit", "-m", "two");
        await clone.RunAsync("undo");
        Assert.Equal(pushed, await clone.HeadAsync());
        Assert.Equal(" M new\n", await clone.StatusAsync());
    }

    [Fact]
    public async Task Edits_go_into_stashes_and_come_back()
    {
        await using WorkedClone clone = await WorkedClone.StartAsync();
        clone.Write("dir/file", "committed\n");
        await clone.RunAsync("commit", "-m", "file", "dir");
        string head = await clone.HeadAsync();
        Assert.Equal("No local changes to save\n", await clone.RunAsync("stash"));
        clone.Write("dir/file", "mine\n");
        clone.Write("loose", "too\n");
        Assert.Equal("Saved working copy: On main: put aside\n", await clone.RunAsync("stash", "push", "-u", "-m", "put aside"));
        Assert.Equal("", await clone.StatusAsync());
        clone.Write("dir/file", "other\n");
        Assert.Equal($"Saved working copy: WIP on main: {head[..7]} file\n", await clone.RunAsync("stash", "dir"));
        Assert.Equal($"stash@{{0}}: WIP on main: {head[..7]} file\nstash@{{1}}: On main: put aside\n", await clone.RunAsync("stash", "list"));
        Assert.Equal(" dir/file | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n", await clone.RunAsync("stash", "show"));
        Assert.EndsWith("-committed\n+mine\n", await clone.RunAsync("stash", "show", "-p", "1"), StringComparison.Ordinal);

        string all = await clone.RunAsync("log", "--all", "--format=%s");
        Assert.DoesNotContain("WIP", all, StringComparison.Ordinal);
        Assert.DoesNotContain("stash", await clone.RunAsync("refs"), StringComparison.Ordinal);
        await clone.RunAsync("push");
        await clone.RunAsync("pull");

        await clone.RunAsync("stash", "pop", "stash@{1}");
        Assert.Equal(" M dir/file\n?? loose\n", await clone.StatusAsync());
        Assert.Equal("mine\n", clone.Read("dir/file"));
        await clone.RunAsync(4, "stash", "pop");
        await clone.RunAsync("undo");
        Assert.Equal("", await clone.StatusAsync());
        await clone.RunAsync("stash", "drop");
        await clone.RunAsync("stash", "clear");
        Assert.Equal("", await clone.RunAsync("stash", "list"));
        await clone.RunAsync(3, "stash", "pop");
        await clone.RunAsync("undo");
        await clone.RunAsync("undo");
        Assert.Equal(2, (await clone.RunAsync("stash", "list", "--json")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await clone.RunAsync("stash", "apply");
        Assert.Equal("other\n", clone.Read("dir/file"));
        await clone.RunAsync(1, "stash", "no-such-file");
    }
}
