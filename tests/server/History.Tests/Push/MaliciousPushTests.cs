using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History.Push;
using Monorepo.Rpc;
using Monorepo.Services;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push;

/// <summary>Pushes that lie, lack something or want too much are refused, and change nothing.</summary>
public sealed class MaliciousPushTests
{
    private const string Main = "refs/heads/main";

    private static readonly GitObject s_blob = GitObject.Blob("one");
    private static readonly GitObject s_new = GitObject.Blob("new");
    private static readonly GitObject s_tree = GitObject.Tree(("f", s_blob));
    private static readonly GitObject s_first = GitObject.Commit(s_tree, "first");
    private static readonly GitObject s_folder = GitObject.Tree(("g", s_new));
    private static readonly GitObject s_nextTree = GitObject.Tree(("f", s_blob), ("folder", s_folder));
    private static readonly GitObject s_next = GitObject.Commit(s_nextTree, "next", s_first);
    private static readonly GitObject[] s_all = [s_next, s_nextTree, s_folder, s_new];

    [Fact]
    public async Task Bytes_under_a_wrong_id_are_refused()
    {
        ObjectEntry lie = s_new.Entry;
        lie.Id = s_folder.RawId;
        await AssertRefused(RpcStatusCode.InvalidArgument, "hash to", [Head(), Objects([s_next.Entry, s_nextTree.Entry, lie])]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "20 raw bytes", [Head(), Objects([new ObjectEntry { Id = ByteString.CopyFromUtf8("x"), Envelope = s_new.Entry.Envelope }])]);
    }

    [Fact]
    public async Task A_tree_that_names_itself_can_only_be_a_lie()
    {
        // No tree can hold its own id; one that claims to hashes to something else.
        ObjectId self = ObjectId.Parse("1234567890123456789012345678901234567890");
        TreeBuilder builder = new();
        builder.Add(Core.FileMode.Directory, "loop"u8, self);
        byte[] body = builder.Build();
        ObjectEntry cycle = new() { Id = ByteString.CopyFrom(self.AsSpan()), Envelope = ByteString.CopyFrom(ObjectEnvelope.Seal(ObjectKind.Tree, body)) };
        await AssertRefused(RpcStatusCode.InvalidArgument, "hash to", [Head(), Objects([cycle, .. s_all.Select(o => o.Entry)])]);

        // Under its true id it names a tree that is nowhere.
        GitObject tree = GitObject.Of(ObjectKind.Tree, body);
        GitObject commit = GitObject.Commit(tree, "loop", s_first);
        await AssertRefused(RpcStatusCode.FailedPrecondition, $"needs tree {self}", [Head(commit), Objects([commit.Entry, tree.Entry])]);
    }

    [Fact]
    public async Task What_is_missing_is_named()
    {
        foreach (GitObject missing in s_all)
        {
            string what = missing.Kind == ObjectKind.Commit ? missing.Id.ToString() : $"needs {missing.Kind.ToName()} {missing.Id}";
            await AssertRefused(RpcStatusCode.FailedPrecondition, what, [Head(), Objects(s_all.Where(o => o != missing).Select(o => o.Entry))]);
        }

        GitObject orphan = GitObject.Commit(s_tree, "orphan", GitObject.Commit(s_tree, "nowhere"));
        await AssertRefused(RpcStatusCode.FailedPrecondition, "needs commit", [Head(orphan), Objects([orphan.Entry])]);
    }

    [Fact]
    public async Task Objects_of_another_kind_than_named_are_refused()
    {
        GitObject asTree = Tree(("40000", "f", s_blob));
        GitObject asBlob = Tree(("100644", "f", s_tree));
        foreach (GitObject tree in new[] { asTree, asBlob })
        {
            GitObject commit = GitObject.Commit(tree, "odd", s_first);
            await AssertRefused(RpcStatusCode.InvalidArgument, "", [Head(commit), Objects([commit.Entry, tree.Entry, s_blob.Entry, s_tree.Entry])]);
            await AssertRefused(RpcStatusCode.InvalidArgument, "", [Head(commit), Objects([commit.Entry, tree.Entry])]);
        }

        GitObject ofBlob = GitObject.Of(ObjectKind.Commit, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(s_next.Body).Replace(s_nextTree.Id.ToString(), s_blob.Id.ToString(), StringComparison.Ordinal)));
        await AssertRefused(RpcStatusCode.InvalidArgument, "", [Head(ofBlob), Objects([ofBlob.Entry])]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "branches name commits", [Head(s_nextTree), Objects([s_nextTree.Entry])]);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData(".git")]
    [InlineData(".GIT")]
    [InlineData("git~1")]
    [InlineData("a/b")]
    [InlineData("")]
    public async Task Names_that_lead_elsewhere_are_refused(string name)
    {
        GitObject tree = Tree(("100644", name, s_blob));
        GitObject root = Tree(("40000", "deep", tree));
        GitObject commit = GitObject.Commit(root, "odd", s_first);
        await AssertRefused(RpcStatusCode.InvalidArgument, $"object {tree.Id} is refused", [Head(commit), Objects([commit.Entry, root.Entry, tree.Entry])]);
    }

    [Fact]
    public async Task Envelopes_that_promise_too_much_are_not_opened()
    {
        byte[] bomb = ObjectEnvelope.Seal(ObjectKind.Blob, new byte[50 << 20]);
        PushLimits limits = new() { ObjectBytesMax = 10 << 20, MetadataBytesMax = 1 << 20 };
        ObjectEntry entry = new() { Id = s_new.RawId, Envelope = ByteString.CopyFrom(bomb) };
        await AssertRefused(RpcStatusCode.ResourceExhausted, "at most 10485760", [Head(), Objects([entry])], limits);

        // A header that lies: the frame holds more, or less, than it says.
        foreach (int size in new[] { 5 << 20, 0, (50 << 20) + 1 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(bomb.AsSpan(1), size);
            entry.Envelope = ByteString.CopyFrom(bomb);
            await AssertRefused(size > 10 << 20 ? RpcStatusCode.ResourceExhausted : RpcStatusCode.InvalidArgument, "", [Head(), Objects([entry])], limits);
        }

        byte[] tiny = [(byte)ObjectKind.Blob | (1 << 4), 0, 0, 0x90, 0, 1, 2, 3];
        entry.Envelope = ByteString.CopyFrom(tiny);
        await AssertRefused(RpcStatusCode.InvalidArgument, "announces", [Head(), Objects([entry])], limits);
        byte[] tree = ObjectEnvelope.Seal(ObjectKind.Tree, new byte[2 << 20]);
        entry.Envelope = ByteString.CopyFrom(tree);
        await AssertRefused(RpcStatusCode.ResourceExhausted, "at most 1048576", [Head(), Objects([entry])], limits);
    }

    [Fact]
    public Task Messages_above_the_limit_are_not_read() => AssertRefused(
        RpcStatusCode.ResourceExhausted, "", [Head(), Objects([GitObject.Blob(new string('x', 100)).Entry, new ObjectEntry { Id = s_new.RawId, Envelope = ByteString.CopyFrom(new byte[10 << 20]) }])], new PushLimits { ObjectBytesMax = 1 << 20 });

    [Fact]
    public async Task Counts_and_sums_beyond_the_limits_are_refused()
    {
        GitObject[] many = [.. Enumerable.Range(0, 20).Select(i => GitObject.Blob($"blob {i} {new string('z', 100)}"))];
        GitObject[] commits = [.. Enumerable.Range(0, 5).Aggregate(new List<GitObject> { s_first }, (line, i) => [.. line, GitObject.Commit(s_tree, $"{i}", line[^1])]).Skip(1)];
        PushRequest objects = Objects(many.Select(o => o.Entry));
        await AssertRefused(RpcStatusCode.ResourceExhausted, "19 objects", [Head(), objects], new PushLimits { ObjectsMax = 19 });
        await AssertRefused(RpcStatusCode.ResourceExhausted, "bytes of objects", [Head(), objects], new PushLimits { PushBytesMax = 1_000 });
        await AssertRefused(RpcStatusCode.ResourceExhausted, "bytes of commits", [Head(), Objects(commits.Select(c => c.Entry))], new PushLimits { CommitBytesMax = 500 });
        await AssertRefused(RpcStatusCode.ResourceExhausted, "4 new commits", [Head(commits[^1]), Objects(commits.Select(c => c.Entry))], new PushLimits { CommitsMax = 4 });
        await AssertRefused(RpcStatusCode.ResourceExhausted, "tree entries", [Head(), Objects(s_all.Select(c => c.Entry))], new PushLimits { EntriesVisitedMax = 2 });
        await AssertRefused(RpcStatusCode.InvalidArgument, "at most 65536", [Head(), Objects(Enumerable.Repeat(s_blob.Entry, ServiceLimits.IdsMax + 1))]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "1 to 1024 refs", [new PushRequest { Head = new PushHead { Repository = TestServer.Repository, Updates = { Enumerable.Range(0, 1_025).Select(i => Update($"refs/heads/{i}", null, s_first)) } } }]);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("HEAD")]
    [InlineData("refs/heads/../x")]
    [InlineData("refs/heads/a..b")]
    [InlineData("refs/heads/x.lock")]
    [InlineData("refs/heads/a b")]
    [InlineData("refs/heads/.a")]
    [InlineData("refs/heads/a\n")]
    [InlineData("")]
    public Task Bad_ref_names_are_refused(string name) => AssertRefused(
        RpcStatusCode.InvalidArgument, "ref name", [new PushRequest { Head = new PushHead { Repository = TestServer.Repository, Updates = { Update(name, null, s_first) } } }]);

    [Fact]
    public async Task Streams_in_a_wrong_order_or_cut_short_change_nothing()
    {
        PushRequest objects = Objects(s_all.Select(o => o.Entry));
        await AssertRefused(RpcStatusCode.InvalidArgument, "starts with its head", [objects, Head()]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "starts with its head", []);
        await AssertRefused(RpcStatusCode.InvalidArgument, "objects only", [Head(), Head()]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "1 to 1024 refs", [new PushRequest { Head = new PushHead { Repository = TestServer.Repository } }]);
        PushRequest twice = Head();
        twice.Head.Updates.Add(twice.Head.Updates[0]);
        await AssertRefused(RpcStatusCode.InvalidArgument, "twice", [twice]);

        await using TestServer server = await StartAsync();
        string before = await server.StateAsync(s_all.Select(o => o.Id));
        RpcClientStreamingCall<PushRequest, PushResponse> call = server.Client.ClientStreaming(PushMethods.Push);
        await call.RequestStream.WriteAsync(Head());
        await call.RequestStream.WriteAsync(objects);
        call.Dispose();

        // The next push is answered by a server that is done with, or will never finish, the one before.
        Assert.True((await server.PushAsync([], Update(Main, s_first, s_first))).Accepted);
        Assert.Equal(before, await server.StateAsync(s_all.Select(o => o.Id)));
    }

    [Fact]
    public async Task A_push_larger_than_memory_allows_goes_through_a_file()
    {
        await using TestServer server = await StartAsync(new PushLimits { SpoolMemoryBytesMax = 10 });
        Assert.True((await server.PushAsync(s_all, Update(Main, s_first, s_next))).Accepted);
        Assert.Equal(s_next.Id, await server.RefAsync(Main));
        Assert.Equal(2, (await server.GetTreesAsync(new GetTreesRequest { Roots = { s_next.RawId } })).Count(e => e.Envelope.Length > 0));
    }

    private static async Task AssertRefused(RpcStatusCode status, string detail, PushRequest[] messages, PushLimits? limits = null)
    {
        await using TestServer server = await StartAsync(limits);
        ObjectId[] ids = [.. s_all.Select(o => o.Id)];
        string before = await server.StateAsync(ids);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.Client.SendAsync(messages));
        Assert.Equal((status, e.Detail), (e.StatusCode, e.Detail));
        Assert.Contains(detail, e.Detail, StringComparison.Ordinal);
        Assert.Equal(before, await server.StateAsync(ids));
    }

    private static PushRequest Head(GitObject? target = null) =>
        new() { Head = new PushHead { Repository = TestServer.Repository, Updates = { Update(Main, s_first, target ?? s_next) } } };

    private static PushRequest Objects(IEnumerable<ObjectEntry> entries) => new() { Objects = new Formats.Protos.ObjectBatch { Objects = { entries } } };

    private static GitObject Tree(params (string Mode, string Name, GitObject Object)[] entries)
    {
        using MemoryStream body = new();
        foreach ((string mode, string name, GitObject item) in entries)
        {
            body.Write(Encoding.UTF8.GetBytes($"{mode} {name}\0"));
            body.Write(item.Id.AsSpan());
        }

        return GitObject.Of(ObjectKind.Tree, body.ToArray());
    }

    private static async Task<TestServer> StartAsync(PushLimits? limits = null)
    {
        TestServer server = await TestServer.StartAsync(limits: limits);
        await server.FillAsync([s_blob, s_tree, s_first], (Main, s_first));
        return server;
    }
}
