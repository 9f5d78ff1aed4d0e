using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Tests.Paths;

public sealed class PathHistoryTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private ulong _epoch;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Changes_come_newest_first_with_what_the_path_named()
    {
        await FillAsync(Line("a", "a", "b", null, "c"));
        List<PathHistoryBlock> blocks = await AskAsync(new() { Below = 5, WantEntries = true, Paths = { Bytes("d/f"), Bytes("absent"), Bytes("") } });
        Assert.Equal([4, 3, 2, 0], Positions(blocks, 0));
        Assert.Equal([0x81A4, 0, 0x81A4, 0x81A4], blocks[0].Modes.Select(m => (int)m));
        Assert.Equal(
            [GitObject.Blob("c").Id, ObjectId.Null, GitObject.Blob("b").Id, GitObject.Blob("a").Id],
            blocks[0].Ids.ToByteArray().Chunk(ObjectId.Size).Select(id => new ObjectId(id)));
        Assert.Empty(Positions(blocks, 1));
        Assert.Equal([4, 3, 2, 0], Positions(blocks, 2));
        Assert.All(blocks, b => Assert.True(b.IsLast));

        Assert.Equal([2, 0], Positions(await AskAsync(new() { Below = 3, Paths = { Bytes("d") } }), 0));
        Assert.Equal([4], Positions(await AskAsync(new() { Below = 5, Limit = 1, Paths = { Bytes("d") } }), 0));
    }

    [Fact]
    public async Task Who_has_the_older_part_asks_for_the_rest()
    {
        await FillAsync(Line("a", "a", "b", null, "c"));
        List<PathHistoryBlock> blocks = await AskAsync(new() { Below = 5, From = { 3, 4, 9, 0 }, Paths = { Bytes("d/f"), Bytes("d/f"), Bytes("d/f"), Bytes("d") } });
        Assert.Equal([4, 3], Positions(blocks, 0));
        Assert.Equal([4], Positions(blocks, 1));
        Assert.Empty(Positions(blocks, 2));
        Assert.Equal([4, 3, 2, 0], Positions(blocks, 3));
        Assert.Equal([true, true, true, true], blocks.Select(b => b.IsLast));
        blocks = await AskAsync(new() { Below = 5, Limit = 1, WantEntries = true, From = { 3 }, Paths = { Bytes("d/f") } });
        Assert.Equal([4], Positions(blocks, 0));
        Assert.Single(blocks[0].Modes);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => AskAsync(new() { Below = 5, From = { 3, 4 }, Paths = { Bytes("d/f") } }));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_long_history_comes_in_blocks_that_grow()
    {
        await FillAsync(Line([.. Enumerable.Range(0, 1_000).Select(i => $"{i}")]));
        List<PathHistoryBlock> blocks = await AskAsync(new() { Below = 1_000, Paths = { Bytes("d/f"), Bytes("d") } });
        Assert.Equal(Enumerable.Range(0, 1_000).Reverse().Select(i => (long)i), Positions(blocks, 0));
        Assert.Equal(Enumerable.Range(0, 1_000).Reverse().Select(i => (long)i), Positions(blocks, 1));
        Assert.Equal([64, 128, 256, 512, 40], blocks.Where(b => b.Path == 0).Select(b => b.Changes.Steps.Count));
    }

    [Fact]
    public async Task Merges_say_which_other_parents_have_the_same()
    {
        GitObject one = Commit("1");
        GitObject left = Commit("2", one);
        GitObject right = Commit("3", one);
        GitObject takesRight = Commit("3", left, right);
        GitObject takesNeither = Commit("4", left, right, right);
        await FillAsync([one, left, right, takesRight, takesNeither]);
        PathHistoryBlock block = Assert.Single(await AskAsync(new() { Below = 5, Paths = { Bytes("d/f") } }));
        Assert.Equal([4, 3, 2, 1, 0], Positions([block], 0));
        Assert.Equal([1u], block.Changes.Merges);
        Assert.Equal([1ul], block.Changes.SameParents);
    }

    [Fact]
    public async Task Entries_at_positions_are_resolved_in_the_order_asked()
    {
        await FillAsync(Line("a", "b", null));
        GetPathEntriesResponse answer = await _server.Client.UnaryAsync(
            HistoryMethods.GetPathEntries, new GetPathEntriesRequest { Repository = TestServer.Repository, Epoch = _epoch, Path = Bytes("d/f"), Positions = { 2, 1, 0, 1 } });
        Assert.Equal([0, 0x81A4, 0x81A4, 0x81A4], answer.Modes.Select(m => (int)m));
        Assert.Equal(
            [ObjectId.Null, GitObject.Blob("b").Id, GitObject.Blob("a").Id, GitObject.Blob("b").Id],
            answer.Ids.ToByteArray().Chunk(ObjectId.Size).Select(id => new ObjectId(id)));
    }

    [Fact]
    public async Task A_directory_is_listed_with_the_newest_changes_of_each_entry()
    {
        GitObject old = GitObject.Blob("old");
        GitObject Make(string text, params GitObject[] parents) =>
            GitObject.Commit(GitObject.Tree(("d", GitObject.Tree(("f", GitObject.Blob(text)), ("old", old)))), text, parents);
        GitObject one = Make("1");
        GitObject two = Make("2", one);
        GitObject three = Make("3", two);
        await FillAsync([one, two, three], old, GitObject.Blob("1"), GitObject.Blob("2"), GitObject.Blob("3"));
        GetLastModifiedRequest request = new() { Repository = TestServer.Repository, Epoch = _epoch, Position = 2, Directory = Bytes("d"), Limit = 2 };
        GetLastModifiedResponse answer = await _server.Client.UnaryAsync(HistoryMethods.GetLastModified, request);
        Assert.Equal(["f", "old"], answer.Entries.Select(e => e.Name.ToStringUtf8()));
        Assert.Equal([2ul, 1ul], answer.Entries[0].Changes.Steps);
        Assert.Equal([0ul], answer.Entries[1].Changes.Steps);
        Assert.Equal([false, true], answer.Entries.Select(e => e.IsLast));
        Assert.Equal(old.RawId, answer.Entries[1].Id);

        request.Directory = Bytes("d/f");
        await RefusedAsync(RpcStatusCode.NotFound, () => _server.Client.UnaryAsync(HistoryMethods.GetLastModified, request));
        request.Limit = 0;
        await RefusedAsync(RpcStatusCode.InvalidArgument, () => _server.Client.UnaryAsync(HistoryMethods.GetLastModified, request));
    }

    [Fact]
    public async Task Requests_that_make_no_sense_are_refused()
    {
        await FillAsync(Line("a"));
        foreach (string path in (string[])["/", "a/", "/a", "a//b", "..", "a/./b", "a\0b", new string('p', 5_000)])
        {
            await RefusedAsync(RpcStatusCode.InvalidArgument, () => AskAsync(new() { Below = 1, Paths = { Bytes(path) } }));
        }

        await RefusedAsync(RpcStatusCode.InvalidArgument, () => AskAsync(new() { Below = 1 }));
        await RefusedAsync(RpcStatusCode.OutOfRange, () => AskAsync(new() { Below = 2, Paths = { Bytes("") } }));
        await RefusedAsync(RpcStatusCode.OutOfRange, () => AskAsync(new() { Below = ulong.MaxValue, Paths = { Bytes("") } }));
        _epoch++;
        await RefusedAsync(RpcStatusCode.FailedPrecondition, () => AskAsync(new() { Below = 1, Paths = { Bytes("") } }));
    }

    [Fact]
    public async Task A_query_waits_for_the_index_of_commits_that_have_just_come()
    {
        await FillAsync(Line("a"));
        GitObject[] more = [.. Line([.. Enumerable.Range(0, 50).Select(i => $"n{i}")])];
        IRepository repository = (await _server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), Cancel))!;
        for (int i = 0; i < 50; i++)
        {
            // Appended behind the services' back: nobody but the query starts the index.
            await repository.Objects.PutAsync([.. Closure(more[i]).Select(o => new NewObject(o.Id, o.Entry.Envelope.Memory))], Cancel);
            await repository.History.AppendAsync(1 + i, [new LogEntry(more[i].Id, more[i].Body)], Cancel);
            Assert.Equal(1 + i, Positions(await AskAsync(new() { Below = (ulong)(2 + i), Paths = { Bytes("d/f") } }), 0).First());
        }
    }

    [Fact]
    public async Task A_damaged_tree_fails_the_query_and_the_next_one_tries_again()
    {
        GitObject commit = GitObject.Commit(GitObject.Blob("no tree"), "bad");
        await _server.CreateAsync();
        IRepository repository = (await _server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), Cancel))!;
        await repository.Objects.PutAsync([new NewObject(GitObject.Blob("no tree").Id, GitObject.Blob("no tree").Entry.Envelope.Memory)], Cancel);
        await repository.History.AppendAsync(0, [new LogEntry(commit.Id, commit.Body)], Cancel);
        _epoch = repository.History.Epoch;
        for (int i = 0; i < 3; i++)
        {
            await RefusedAsync(RpcStatusCode.DataLoss, () => AskAsync(new() { Below = 1, Paths = { Bytes("") } }));
        }
    }

    private static GitObject Commit(string? text, params GitObject[] parents) => GitObject.Commit(Root(text), text ?? "none", parents);

    private static GitObject Root(string? text) => text is null ? GitObject.Tree() : GitObject.Tree(("d", Directory(text)));

    private static GitObject Directory(string text) => GitObject.Tree(("f", GitObject.Blob(text)));

    /// <summary>One commit for each text of the file d/f; none without the file.</summary>
    private static IEnumerable<GitObject> Line(params string?[] texts)
    {
        GitObject? last = null;
        foreach (string? text in texts)
        {
            last = last is null ? Commit(text) : Commit(text, last);
            yield return last;
        }
    }

    /// <summary>The commit, and all trees and contents that its message tells.</summary>
    private static IEnumerable<GitObject> Closure(GitObject commit)
    {
        string message = Encoding.UTF8.GetString(commit.Body).Split("\n\n")[1].TrimEnd();
        string? text = message == "none" ? null : message;
        yield return commit;
        yield return Root(text);
        if (text is not null)
        {
            yield return Directory(text);
            yield return GitObject.Blob(text);
        }
    }

    private async Task FillAsync(IEnumerable<GitObject> commits, params GitObject[] blobs)
    {
        List<GitObject> all = [.. blobs];
        foreach (GitObject commit in commits)
        {
            all.AddRange(Closure(commit));
            if (blobs.Length > 0)
            {
                GitObject directory = GitObject.Tree(("f", GitObject.Blob(Encoding.UTF8.GetString(commit.Body).Split("\n\n")[1].TrimEnd())), ("old", blobs[0]));
                all.InsertRange(all.Count - 1, [directory, GitObject.Tree(("d", directory))]);
            }
        }

        // Objects before the commits that need them.
        await _server.FillAsync(all.Where(o => o.Kind != ObjectKind.Commit).Concat(all.Where(o => o.Kind == ObjectKind.Commit)).DistinctBy(o => o.Id));
        _epoch = (await _server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), Cancel))!.History.Epoch;
    }

    private async Task<List<PathHistoryBlock>> AskAsync(GetPathHistoryRequest request)
    {
        request.Repository = TestServer.Repository;
        request.Epoch = _epoch;
        List<PathHistoryBlock> blocks = [];
        using RpcServerStreamingCall<PathHistoryBlock> call = _server.Client.ServerStreaming(HistoryMethods.GetPathHistory, request);
        await foreach (PathHistoryBlock block in call.ResponseStream)
        {
            blocks.Add(block);
        }

        return blocks;
    }

    private static List<long> Positions(IEnumerable<PathHistoryBlock> blocks, uint path)
    {
        List<long> positions = [];
        foreach (PathHistoryBlock block in blocks.Where(b => b.Path == path))
        {
            long above = 0;
            foreach (ulong step in block.Changes.Steps)
            {
                above = above == 0 ? (long)step : above - (long)step;
                positions.Add(above);
            }
        }

        return positions;
    }

    private static async Task RefusedAsync(RpcStatusCode expected, Func<Task> call) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);

    private static ByteString Bytes(string path) => ByteString.CopyFromUtf8(path);
}
