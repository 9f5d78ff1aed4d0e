using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;

namespace Monorepo.History.Tests.Ingest;

public sealed class IngestTests
{
    private const string Main = "refs/heads/main";

    private static readonly GitObject s_tree = GitObject.Tree(("f", GitObject.Blob("f")));
    private static readonly GitObject s_first = GitObject.Commit(s_tree, "first");
    private static readonly GitObject s_second = GitObject.Commit(s_tree, "second", s_first);

    [Fact]
    public async Task A_message_may_be_sent_again_and_changes_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject[] objects = [s_tree, s_first, s_second];
        IngestResponse first = await server.FillAsync(objects, (Main, s_second));
        Assert.Equal((3UL, 2UL, 1UL), (first.Objects, first.Commits, first.Offset));

        IngestResponse again = await server.IngestAsync(TestServer.Fill(objects, (Main, s_second)));
        Assert.Equal((3UL, 0UL, 1UL), (again.Objects, again.Commits, again.Offset));
        Assert.Equal(2UL, (await server.ReadHistoryAsync())[0].Head.Length);
    }

    [Fact]
    public async Task A_stream_may_be_cut_anywhere_and_go_on()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        await server.IngestAsync(
            TestServer.Fill([s_tree, s_first]),
            new IngestRequest { Objects = { s_second.Entry } },
            new IngestRequest { Commits = { s_first.RawId, s_second.RawId, s_second.RawId } });
        IngestResponse rest = await server.IngestAsync(
            new IngestRequest { Repository = TestServer.Repository, RefChanges = { TestServer.Change(Main, null, s_second) }, DefaultBranch = Main });
        Assert.Equal(1UL, rest.Offset);

        ByteString absent = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 20)]);
        FindCommitsResponse commits = await server.Client.UnaryAsync(
            AdminMethods.FindCommits, new FindCommitsRequest { Repository = TestServer.Repository, Ids = { s_second.RawId, absent, s_first.RawId } });
        Assert.Equal([1, -1, 0], commits.Positions);
        FindObjectsResponse objects = await server.Client.UnaryAsync(
            AdminMethods.FindObjects, new FindObjectsRequest { Repository = TestServer.Repository, Ids = { s_tree.RawId, absent } });
        Assert.Equal([true, false], objects.Found);
        OpenRepositoryResponse open = await server.Client.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = TestServer.Repository });
        Assert.Equal((2UL, Main), (open.Length, open.Refs.DefaultBranch));
    }

    [Fact]
    public async Task Objects_that_are_not_what_their_id_says_are_refused_and_not_stored()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        ObjectEntry lie = s_first.Entry;
        lie.Envelope = s_second.Entry.Envelope;
        await AssertRefused(lie, "hash to");
        await AssertRefused(new ObjectEntry { Id = s_tree.RawId, Envelope = ByteString.CopyFromUtf8("no") }, "envelope");
        await AssertRefused(new ObjectEntry { Id = ByteString.CopyFromUtf8("no"), Envelope = s_tree.Entry.Envelope }, "20 raw bytes");
        await AssertRefused(GitObject.Of(ObjectKind.Commit, "author nobody\n"u8.ToArray()).Entry, "tree header");
        await AssertRefused(GitObject.Of(ObjectKind.Tree, "100644 f"u8.ToArray()).Entry, "Malformed tree");
        await AssertRefused(GitObject.Of(ObjectKind.Tag, "object x\n"u8.ToArray()).Entry, "Malformed tag");

        async Task AssertRefused(ObjectEntry entry, string detail)
        {
            GitObject good = GitObject.Blob("good");
            await AssertFails(server, new IngestRequest { Repository = TestServer.Repository, Objects = { good.Entry, entry } }, RpcStatusCode.InvalidArgument, detail);
            FindObjectsResponse found = await server.Client.UnaryAsync(
                AdminMethods.FindObjects, new FindObjectsRequest { Repository = TestServer.Repository, Ids = { good.RawId } });
            Assert.Equal([false], found.Found);
        }
    }

    [Fact]
    public async Task Commits_without_what_they_need_are_refused()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        await AssertFails(server, TestServer.Fill([s_first]), RpcStatusCode.FailedPrecondition, "the tree");
        await AssertFails(server, TestServer.Fill([s_tree, s_second]), RpcStatusCode.FailedPrecondition, "the parent");
        await AssertFails(server, TestServer.Fill([s_tree, s_second, s_first]), RpcStatusCode.FailedPrecondition, "the parent");
        await AssertFails(server, new IngestRequest { Repository = TestServer.Repository, Commits = { GitObject.Commit(s_tree, "x").RawId } }, RpcStatusCode.FailedPrecondition, "not stored");
        GitObject large = GitObject.Commit(s_tree, new string('x', Formats.History.SegmentFormat.BodyBytesMax));
        await AssertFails(
            server, new IngestRequest { Repository = TestServer.Repository, Objects = { s_tree.Entry, large.Entry }, Commits = { large.RawId } }, RpcStatusCode.InvalidArgument, "at most");
        await AssertFails(server, new IngestRequest { Repository = TestServer.Repository, Commits = { s_tree.RawId } }, RpcStatusCode.InvalidArgument, "only commits");
        Assert.Equal(0UL, (await server.ReadHistoryAsync())[0].Head.Length);
    }

    [Fact]
    public async Task Refs_move_only_from_where_the_caller_thinks_they_are()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync([s_tree, s_first, s_second], (Main, s_first));
        await AssertFails(server, Refs(TestServer.Change(Main, null, s_second)), RpcStatusCode.Aborted, s_first.Id.ToString());
        await AssertFails(server, Refs(TestServer.Change("refs/heads/x", s_first, s_second)), RpcStatusCode.Aborted, "absent");

        await server.IngestAsync(Refs(TestServer.Change(Main, s_first, s_second), TestServer.Change("refs/heads/x", null, s_first)));

        // A repeated message with something new beside it: only the new part is left to do.
        IngestResponse response = await server.IngestAsync(Refs(TestServer.Change(Main, s_first, s_second), TestServer.Change("refs/heads/x", s_first, null)));
        Assert.Equal(3UL, response.Offset);
        ListRefsResponse refs = await server.Client.UnaryAsync(HistoryMethods.ListRefs, new ListRefsRequest { Repository = TestServer.Repository });
        Assert.Equal((Main, s_second.RawId), (Assert.Single(refs.Refs).Name, refs.Refs[0].Target));
    }

    [Fact]
    public async Task Refs_name_only_what_is_here_and_fits()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject loose = GitObject.Commit(s_tree, "loose");
        await server.FillAsync([s_tree, s_first]);
        await server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, Objects = { loose.Entry } });
        await AssertFails(server, Refs(TestServer.Change(Main, null, s_second)), RpcStatusCode.FailedPrecondition, "not stored");
        await AssertFails(server, Refs(TestServer.Change(Main, null, loose)), RpcStatusCode.FailedPrecondition, "not in the log");
        await AssertFails(server, Refs(TestServer.Change(Main, null, s_tree)), RpcStatusCode.InvalidArgument, "branches name commits");
        await AssertFails(server, Refs(TestServer.Change("main", null, s_first)), RpcStatusCode.InvalidArgument, "full ref name");
        await AssertFails(server, Refs(TestServer.Change(Main, null, s_first), TestServer.Change(Main, null, s_first)), RpcStatusCode.InvalidArgument, "twice");
        await AssertFails(server, new IngestRequest { Repository = TestServer.Repository, DefaultBranch = "refs/tags/v1" }, RpcStatusCode.InvalidArgument, "default branch");
    }

    [Fact]
    public async Task Tags_are_peeled_to_the_end()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject inner = GitObject.Tag(s_first, "inner");
        GitObject outer = GitObject.Tag(inner, "outer");
        GitObject ofTree = GitObject.Tag(s_tree, "tree");
        await server.FillAsync([s_tree, s_first, inner, outer, ofTree], (Main, s_first), ("refs/tags/outer", outer), ("refs/tags/tree", ofTree));
        ListRefsResponse refs = await server.Client.UnaryAsync(HistoryMethods.ListRefs, new ListRefsRequest { Repository = TestServer.Repository });
        Assert.Equal([ByteString.Empty, s_first.RawId, s_tree.RawId], refs.Refs.Select(r => r.Peeled));

        GitObject dangling = GitObject.Tag(s_second, "dangling");
        await server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, Objects = { dangling.Entry } });
        await AssertFails(server, Refs(TestServer.Change("refs/tags/d", null, dangling)), RpcStatusCode.FailedPrecondition, s_second.Id.ToString());
    }

    [Fact]
    public async Task A_stream_belongs_to_one_repository_that_exists()
    {
        await using TestServer server = await TestServer.StartAsync();
        await AssertFails(server, TestServer.Fill([s_tree]), RpcStatusCode.NotFound, "mr-admin import");
        await server.CreateAsync();
        RpcException empty = await Assert.ThrowsAsync<RpcException>(() => server.IngestAsync());
        Assert.Equal(RpcStatusCode.InvalidArgument, empty.StatusCode);
        RpcException other = await Assert.ThrowsAsync<RpcException>(() => server.IngestAsync(TestServer.Fill([s_tree]), new IngestRequest { Repository = "other" }));
        Assert.Equal(RpcStatusCode.InvalidArgument, other.StatusCode);
        RpcException absent = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = "absent" }));
        Assert.Equal(RpcStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task Many_writers_fill_one_log_without_gaps_or_repeats()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        GitObject[][] chains = [.. Enumerable.Range(0, 4).Select(w => Enumerable.Range(0, 10).Aggregate(
            new List<GitObject> { s_tree },
            (list, i) =>
            {
                list.Add(GitObject.Commit(s_tree, $"{w} {i}", list.Count == 1 ? [] : [list[^1]]));
                return list;
            }).ToArray())];
        await Task.WhenAll(chains.Select((chain, w) => server.IngestAsync([
            .. chain.Skip(1).Select(c => TestServer.Fill([s_tree, c])),
            Refs(TestServer.Change($"refs/heads/{w}", null, chain[^1]))])));

        List<ReadHistoryResponse> parts = await server.ReadHistoryAsync();
        Assert.Equal(40UL, parts[0].Head.Length);
        Assert.Equal((4, 4UL), (parts[0].Head.Refs.Refs.Count, parts[0].Head.Refs.Offset));
    }

    [Theory]
    [InlineData(StorageFailure.NoSpace, RpcStatusCode.ResourceExhausted, "disk is full")]
    [InlineData(StorageFailure.Corrupt, RpcStatusCode.DataLoss, "damaged")]
    [InlineData(StorageFailure.InputOutput, RpcStatusCode.Unavailable, "log says why")]
    public async Task Failures_of_the_store_become_a_status(StorageFailure failure, RpcStatusCode status, string detail)
    {
        InMemoryEngine memory = new();
        await using TestServer server = await TestServer.StartAsync(new FailingEngine(memory, failure));
        await AssertFails(server, TestServer.Fill([s_tree]), status, detail);
    }

    private static IngestRequest Refs(params Formats.Protos.RefChange[] changes) =>
        new() { Repository = TestServer.Repository, RefChanges = { changes } };

    private static async Task AssertFails(TestServer server, IngestRequest request, RpcStatusCode status, string detail)
    {
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.IngestAsync(request));
        Assert.Equal(status, e.StatusCode);
        Assert.Contains(detail, e.Detail, StringComparison.Ordinal);
    }

    private sealed class FailingEngine(IStorageEngine inner, StorageFailure failure) : IStorageEngine
    {
        public ValueTask<IRepository?> OpenAsync(RepositoryName name, CancellationToken cancellationToken) =>
            throw new StorageException(failure, "as scripted");

        public ValueTask<IRepository> CreateAsync(RepositoryName name, CancellationToken cancellationToken) => inner.CreateAsync(name, cancellationToken);

        public ValueTask<IReadOnlyList<RepositoryName>> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
