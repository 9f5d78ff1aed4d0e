using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Tests.Log;

public sealed class ReadCommitsTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private GitObject[] _commits = [];

    // 0 - 1 - 2 - 4 - 5(main), 1 - 3 - 5, 3 - 6(side)
    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        GitObject tree = GitObject.Tree();
        GitObject c0 = GitObject.Commit(tree, "0");
        GitObject c1 = GitObject.Commit(tree, "1", c0);
        GitObject c2 = GitObject.Commit(tree, "2", c1);
        GitObject c3 = GitObject.Commit(tree, "3", c1);
        GitObject c4 = GitObject.Commit(tree, "4", c2);
        GitObject c5 = GitObject.Commit(tree, "5", c4, c3);
        GitObject c6 = GitObject.Commit(tree, "6", c3);
        _commits = [c0, c1, c2, c3, c4, c5, c6];
        GitObject tag = GitObject.Tag(c2, "v1");
        GitObject treeTag = GitObject.Tag(tree, "tree");
        await _server.FillAsync([tree, .. _commits, tag, treeTag], ("refs/heads/main", c5), ("refs/heads/side", c6), ("refs/tags/v1", tag), ("refs/tags/tree", treeTag));
        await _server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, DefaultBranch = "refs/heads/main" });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Without_names_the_default_branch_comes_to_the_depth_asked()
    {
        (CommitsHead head, List<PlacedCommit> commits) = await ReadAsync(new ReadCommitsRequest { Depth = 2 });
        Assert.Equal(["refs/heads/main"], head.Refs.Refs.Select(r => r.Name));
        Assert.Equal("refs/heads/main", head.Refs.DefaultBranch);
        Assert.Equal(7UL, head.Length);
        Assert.NotEqual(0UL, head.Epoch);
        Assert.Equal(new ulong[] { 5, 4, 3 }, commits.Select(c => c.Position));
        Assert.Equal(new ulong[] { 4, 3 }, commits[0].Parents);
        Assert.All(commits, c => Assert.Equal(_commits[(int)c.Position].Body, c.Body.ToByteArray()));
    }

    [Theory]
    [InlineData(1, "refs/heads/side", "6")]
    [InlineData(1, "refs/tags/v1", "2")]
    [InlineData(9, "refs/tags/v1", "2 1 0")]
    [InlineData(1, "refs/tags/tree", "")]
    [InlineData(1, "refs/heads/none", "")]
    [InlineData(2, "refs/heads/side refs/heads/main", "5 6 4 3")]
    public async Task Refs_come_with_what_is_before_them(uint depth, string refs, string expected)
    {
        ReadCommitsRequest request = new() { Depth = depth };
        request.Refs.AddRange(refs.Split(' '));
        (CommitsHead head, List<PlacedCommit> commits) = await ReadAsync(request);
        Assert.Equal(expected, string.Join(' ', commits.Select(c => c.Position)));
        Assert.DoesNotContain(head.Refs.Refs, r => r.Name == "refs/heads/none");
    }

    [Theory]
    [InlineData("5", "4", "5 3")]
    [InlineData("5", "2", "5 4 3")]
    [InlineData("5", "5", "")]
    [InlineData("6", "4", "6 3")]
    [InlineData("6", "5", "6")]
    [InlineData("5 6", "0", "6 5 4 3 2 1")]
    [InlineData("2", "6", "2")]
    [InlineData("1", "", "1 0")]
    public async Task Without_a_depth_what_no_have_leads_to_comes(string wanted, string haves, string expected)
    {
        ReadCommitsRequest request = new() { Ids = { Ids(wanted) }, Haves = { Ids(haves), GitObject.Blob("unknown").RawId } };
        Assert.Equal(expected, string.Join(' ', (await ReadAsync(request)).Commits.Select(c => c.Position)));
    }

    [Fact]
    public async Task An_id_that_is_no_commit_of_the_log_is_left_out() =>
        Assert.Equal(3UL, Assert.Single((await ReadAsync(new ReadCommitsRequest { Depth = 1, Ids = { Ids("3"), GitObject.Tree().RawId } })).Commits).Position);

    [Fact]
    public async Task Requests_past_the_limits_are_refused()
    {
        ReadCommitsRequest haves = new();
        haves.Haves.AddRange(Enumerable.Repeat(_commits[0].RawId, ServiceLimits.HavesMax + 1));
        ReadCommitsRequest refs = new();
        refs.Refs.AddRange(Enumerable.Repeat("refs/heads/main", ServiceLimits.RefsAskedMax + 1));
        foreach (ReadCommitsRequest request in (ReadCommitsRequest[])[haves, refs, new() { Refs = { "no ref" } }, new() { Ids = { ByteString.CopyFromUtf8("short") } }])
        {
            Assert.Equal(RpcStatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => ReadAsync(request))).StatusCode);
        }
    }

    [Fact]
    public async Task Large_histories_come_in_parts()
    {
        GitObject tree = GitObject.Tree();
        List<GitObject> line = [GitObject.Commit(tree, "first", _commits[5])];
        for (int i = 0; i < 400; i++)
        {
            line.Add(GitObject.Commit(tree, new string('x', 2_000) + i, line[^1]));
        }

        IngestRequest more = TestServer.Fill(line);
        more.RefChanges.Add(TestServer.Change("refs/heads/main", _commits[5], line[^1]));
        await _server.IngestAsync(more);
        foreach (ReadCommitsRequest request in (ReadCommitsRequest[])[new() { Depth = 401 }, new() { Ids = { line[^1].RawId }, Haves = { Ids("5") } }])
        {
            Assert.Equal(line.AsEnumerable().Reverse().Select(c => c.Id), (await ReadAsync(request)).Commits.Select(c => ObjectHasher.Hash(ObjectKind.Commit, c.Body.Span)));
        }
    }

    private IEnumerable<ByteString> Ids(string numbers) => numbers.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => _commits[int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)].RawId);

    private async Task<(CommitsHead Head, List<PlacedCommit> Commits)> ReadAsync(ReadCommitsRequest request)
    {
        request.Repository = TestServer.Repository;
        CommitsHead? head = null;
        List<PlacedCommit> commits = [];
        using RpcServerStreamingCall<ReadCommitsResponse> call = _server.Client.ServerStreaming(HistoryMethods.ReadCommits, request);
        await foreach (ReadCommitsResponse part in call.ResponseStream)
        {
            head ??= part.Head;
            commits.AddRange(part.Commits?.Commits ?? []);
        }

        return (head!, commits);
    }
}
