using System.Text.Json;
using Monorepo.Cli.Tests.Commands.Operations;

namespace Monorepo.Cli.Tests.Commands.Merging;

/// <summary>What programs are told of merges, rebases and the like.</summary>
public sealed class OperationResultJsonTests
{
    [Fact]
    public async Task A_merge_tells_its_conflicts_how_it_went_on_and_how_it_ended()
    {
        await using WorkedClone clone = await ForkAsync();
        JsonElement stopped = await JsonAsync(clone, 1, "merge", "side", "--json");
        Assert.Equal(("merge", "conflicts", 0), (Text(stopped, "command"), Text(stopped, "result"), stopped.GetProperty("commits").GetInt32()));
        Assert.Equal(
            [("file", "UU", "both modified"), ("gone", "UD", "deleted by them")],
            stopped.GetProperty("conflicts").EnumerateArray().Select(static c => (Text(c, "path"), Text(c, "status"), Text(c, "kind"))));
        JsonElement open = await JsonAsync(clone, 4, "merge", "--continue", "--json");
        Assert.Equal(("conflicts-open", 2), (Text(open, "result"), open.GetProperty("conflicts").GetArrayLength()));
        await clone.RunAsync("resolve", "--ours", ".");
        JsonElement done = await JsonAsync(clone, 0, "merge", "--continue", "--json");
        Assert.Equal(("done", await clone.HeadAsync(), 1), (Text(done, "result"), Text(done, "commit"), done.GetProperty("commits").GetInt32()));
        Assert.Empty(done.GetProperty("conflicts").EnumerateArray());
        Assert.Equal("up-to-date", Text(await JsonAsync(clone, 0, "merge", "side", "--json"), "result"));
    }

    [Fact]
    public async Task A_rebase_tells_where_it_stopped_and_that_it_went_back()
    {
        await using WorkedClone clone = await ForkAsync();
        string before = await clone.HeadAsync();
        JsonElement stopped = await JsonAsync(clone, 1, "rebase", "side", "--json");
        Assert.Equal(("rebase", "conflicts", before), (Text(stopped, "command"), Text(stopped, "result"), Text(stopped, "stoppedAt")));
        JsonElement aborted = await JsonAsync(clone, 0, "rebase", "--abort", "--json");
        Assert.Equal(("aborted", "main", before), (Text(aborted, "result"), Text(aborted, "branch"), Text(aborted, "commit")));
        JsonElement nothing = await JsonAsync(clone, 1, "rebase", "--abort", "--json");
        Assert.Equal("nothing-unfinished", Text(nothing, "result"));
    }

    [Fact]
    public async Task Picks_and_reverts_tell_their_commits_and_what_stands_in_the_way()
    {
        await using WorkedClone clone = await ForkAsync();
        JsonElement reverted = await JsonAsync(clone, 0, "revert", "HEAD", "--json");
        Assert.Equal(("revert", "done", await clone.HeadAsync(), 1), (Text(reverted, "command"), Text(reverted, "result"), Text(reverted, "commit"), reverted.GetProperty("commits").GetInt32()));
        JsonElement empty = await JsonAsync(clone, 1, "cherry-pick", "HEAD", "--json");
        Assert.Equal(("empty", await clone.HeadAsync()), (Text(empty, "result"), Text(empty, "stoppedAt")));
        await clone.RunAsync("cherry-pick", "--abort");
        clone.Write("file", "not committed");
        JsonElement refused = await JsonAsync(clone, 4, "cherry-pick", "side", "--json");
        Assert.Equal("refused", Text(refused, "result"));
        Assert.Equal([("file", "modified")], refused.GetProperty("refused").EnumerateArray().Select(static r => (Text(r, "path"), Text(r, "reason"))));
    }

    private static async Task<WorkedClone> ForkAsync()
    {
        WorkedClone clone = await WorkedClone.StartAsync();
        clone.Write("file", "one\n");
        clone.Write("gone", "one\n");
        await clone.RunAsync("commit", "-m", "both", "file", "gone");
        await clone.RunAsync("switch", "-c", "side");
        clone.Write("file", "theirs\n");
        File.Delete(Path.Combine(clone.Top, "gone"));
        await clone.RunAsync("commit", "-m", "theirs");
        await clone.RunAsync("switch", "main");
        clone.Write("file", "ours\n");
        clone.Write("gone", "ours\n");
        await clone.RunAsync("commit", "-m", "ours");
        return clone;
    }

    private static async Task<JsonElement> JsonAsync(WorkedClone clone, int code, params string[] arguments) => JsonDocument.Parse(await clone.RunAsync(code, arguments)).RootElement;

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
