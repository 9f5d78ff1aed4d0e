using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;

namespace Monorepo.History.Tests.Trees;

public sealed class GetTreesTests
{
    private static readonly GitObject s_file = GitObject.Blob("contents\n");
    private static readonly GitObject s_leaf = GitObject.Tree(("f", s_file));
    private static readonly GitObject s_deep = GitObject.Tree(("leaf", s_leaf), ("g", s_file));
    private static readonly GitObject s_lib = GitObject.Tree(("deep", s_deep));
    private static readonly GitObject s_app = GitObject.Tree(("deep", s_deep), ("lib", s_leaf));
    private static readonly GitObject s_root = GitObject.Tree(("app", s_app), ("lib", s_lib), ("readme", s_file));
    private static readonly GitObject s_commit = GitObject.Commit(s_root, "one");
    private static readonly GitObject[] s_all = [s_file, s_leaf, s_deep, s_lib, s_app, s_root, s_commit];

    [Fact]
    public async Task All_trees_come_once_parents_first_and_verify()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync(s_all);
        GitObject tag = GitObject.Tag(s_commit, "v1");
        await server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, Objects = { tag.Entry } });

        foreach (GitObject root in new[] { s_root, s_commit, tag })
        {
            List<ObjectEntry> entries = await server.GetTreesAsync(new GetTreesRequest { Roots = { root.RawId } });
            Assert.Equal(Names(s_root, s_app, s_lib, s_deep, s_leaf), Names(entries));
            List<ObjectId> order = [];
            foreach (ObjectEntry entry in entries)
            {
                ObjectId id = new(entry.Id.Span);
                byte[] body = ObjectEnvelope.Open(entry.Envelope.Span, id, out ObjectKind kind);
                Assert.Equal(ObjectKind.Tree, kind);
                Assert.True(order.Count == 0 || s_all.Any(o => order.Contains(o.Id) && Children(o.Body).Contains(id)));
                Assert.DoesNotContain(order, earlier => Children(body).Contains(earlier));
                order.Add(id);
            }
        }
    }

    [Fact]
    public async Task Of_pairs_come_the_trees_in_which_each_differs()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject newLeaf = GitObject.Tree(("f", GitObject.Blob("other\n")));
        GitObject newLib = GitObject.Tree(("deep", s_deep), ("new", newLeaf));
        GitObject second = GitObject.Tree(("app", s_app), ("lib", newLib), ("readme", s_file));
        GitObject third = GitObject.Tree(("app", newLeaf), ("lib", s_lib), ("readme", s_file));
        await server.FillAsync([.. s_all, newLeaf, newLib, second, third]);
        ByteString nothing = ByteString.CopyFrom(new byte[ObjectId.Size]);

        // The first and the third have the same 'lib': it differs from the second's all the same.
        GetTreesRequest chain = new() { Differing = true, Roots = { s_commit.RawId, second.RawId, second.RawId, third.RawId } };
        Assert.Equal(
            Names(s_root, second, third, s_lib, newLib, s_app, newLeaf, s_deep, s_leaf).Order(),
            Names(await server.GetTreesAsync(chain)).Order());
        Assert.Equal(
            Names(s_root, second, s_lib, newLib, newLeaf).Order(),
            Names(await server.GetTreesAsync(new GetTreesRequest { Differing = true, Roots = { s_commit.RawId, second.RawId } })).Order());
        Assert.Equal(
            Names(s_root, s_app, s_lib, s_deep, s_leaf).Order(),
            Names(await server.GetTreesAsync(new GetTreesRequest { Differing = true, Roots = { nothing, s_root.RawId } })).Order());
        Assert.Equal(
            Names(s_root, third, s_app, newLeaf).Order(),
            Names(await server.GetTreesAsync(new GetTreesRequest { Differing = true, Depth = 1, Roots = { third.RawId, s_root.RawId } })).Order());
        Assert.Equal(
            Names(s_root, second, s_lib, newLib).Order(),
            Names(await server.GetTreesAsync(new GetTreesRequest { Differing = true, Paths = { ByteString.CopyFromUtf8("lib/deep") }, Roots = { s_root.RawId, second.RawId } })).Order());
        Assert.Empty(await server.GetTreesAsync(new GetTreesRequest { Differing = true, Roots = { s_root.RawId, s_root.RawId } }));
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.GetTreesAsync(new GetTreesRequest { Differing = true, Roots = { s_root.RawId } }));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
        e = await Assert.ThrowsAsync<RpcException>(() => server.GetTreesAsync(new GetTreesRequest { Roots = { nothing } }));
        Assert.Equal(RpcStatusCode.NotFound, e.StatusCode);
    }

    [Fact]
    public async Task Trees_the_client_has_are_left_out()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject newLeaf = GitObject.Tree(("f", GitObject.Blob("other\n")));
        GitObject newLib = GitObject.Tree(("deep", s_deep), ("new", newLeaf));
        GitObject newRoot = GitObject.Tree(("app", s_app), ("lib", newLib), ("readme", s_file));
        GitObject second = GitObject.Commit(newRoot, "two", s_commit);
        await server.FillAsync([.. s_all, newLeaf, newLib, newRoot, second]);

        GetTreesRequest request = new() { Roots = { second.RawId }, Haves = { s_commit.RawId, Absent() } };
        Assert.Equal(Names(newRoot, newLib, newLeaf), Names(await server.GetTreesAsync(request)));
        Assert.Empty(await server.GetTreesAsync(new GetTreesRequest { Roots = { second.RawId }, Haves = { newRoot.RawId } }));
    }

    [Theory]
    [InlineData("app/deep", "root app deep leaf")]
    [InlineData("app/deep/", "root app deep leaf")]
    [InlineData("lib", "root lib deep leaf")]
    [InlineData("app/lib", "root app leaf")]
    [InlineData("app/deep/leaf|lib/nothing", "root app deep leaf lib")]
    [InlineData("app/deep/leaf|lib", "root app deep leaf lib")]
    [InlineData("readme", "root")]
    [InlineData("nothing/here", "root")]
    [InlineData("app/nothing", "root app")]
    [InlineData("", "root app lib deep leaf")]
    public async Task A_path_filter_keeps_the_way_and_what_is_below(string paths, string expected)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync(s_all);
        GetTreesRequest request = new() { Roots = { s_root.RawId }, Paths = { paths.Split('|').Select(ByteString.CopyFromUtf8) } };
        Dictionary<string, GitObject> names = new() { ["root"] = s_root, ["app"] = s_app, ["lib"] = s_lib, ["deep"] = s_deep, ["leaf"] = s_leaf };
        Assert.Equal(Names([.. expected.Split(' ').Select(n => names[n])]), Names(await server.GetTreesAsync(request)));
    }

    [Theory]
    [InlineData(1, "root app lib")]
    [InlineData(2, "root app lib deep leaf")]
    [InlineData(9, "root app lib deep leaf")]
    public async Task Depth_counts_levels_below_the_roots(uint depth, string expected)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync(s_all);
        Dictionary<string, GitObject> names = new() { ["root"] = s_root, ["app"] = s_app, ["lib"] = s_lib, ["deep"] = s_deep, ["leaf"] = s_leaf };
        List<ObjectEntry> entries = await server.GetTreesAsync(new GetTreesRequest { Roots = { s_root.RawId }, Depth = depth });
        Assert.Equal(Names([.. expected.Split(' ').Select(n => names[n])]), Names(entries));
    }

    [Fact]
    public async Task A_tree_that_is_not_stored_comes_with_an_empty_envelope()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync([s_root]);
        List<ObjectEntry> entries = await server.GetTreesAsync(new GetTreesRequest { Roots = { s_root.RawId } });
        Assert.Equal(Names(s_root, s_app, s_lib), Names(entries));
        Assert.Equal([false, true, true], entries.Select(e => e.Envelope.IsEmpty));
    }

    [Fact]
    public async Task Wide_directories_come_whole_in_batches()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject[] children = [.. Enumerable.Range(0, 3_000).Select(i => GitObject.Tree(($"f{i}", GitObject.Blob($"{i}"))))];
        GitObject root = GitObject.Tree([.. children.Select((c, i) => ($"d{i:d4}", c))]);
        await server.FillAsync([.. children, root]);
        Assert.Equal(Names([.. children, root]), Names(await server.GetTreesAsync(new GetTreesRequest { Roots = { root.RawId } })));
    }

    [Fact]
    public async Task Bad_requests_say_what_is_wrong()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.FillAsync(s_all);
        await AssertFails(new GetTreesRequest { Roots = { ByteString.CopyFromUtf8("short") } }, RpcStatusCode.InvalidArgument, "20 raw bytes");
        await AssertFails(new GetTreesRequest { Roots = { s_file.RawId } }, RpcStatusCode.InvalidArgument, "blob");
        await AssertFails(new GetTreesRequest { Roots = { Absent() } }, RpcStatusCode.NotFound, "not on this server");
        foreach (string path in new[] { "a//b", "/a", "../a", "a/./b" })
        {
            await AssertFails(new GetTreesRequest { Roots = { s_root.RawId }, Paths = { ByteString.CopyFromUtf8(path) } }, RpcStatusCode.InvalidArgument, "not a path");
        }

        await AssertFails(
            new GetTreesRequest { Roots = { s_root.RawId }, Haves = { Enumerable.Repeat(s_root.RawId, 257) } }, RpcStatusCode.InvalidArgument, "256");

        async Task AssertFails(GetTreesRequest request, RpcStatusCode status, string detail)
        {
            RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.GetTreesAsync(request));
            Assert.Equal(status, e.StatusCode);
            Assert.Contains(detail, e.Detail, StringComparison.Ordinal);
        }
    }

    /// <summary>What the client has and what it gets is all it needs, and nothing comes that is not below the roots.</summary>
    [Fact]
    public async Task Haves_never_leave_a_gap()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        Gen<int[]> shape = ArbMap.Default.GeneratorFor<int>().Select(i => Math.Abs(i % 7)).ArrayOf(12);
        Prop.ForAll(shape.ToArbitrary(), shape.ToArbitrary(), (oldShape, newShape) =>
        {
            Dictionary<ObjectId, GitObject> trees = [];
            GitObject before = Build(oldShape, trees);
            GitObject after = Build(newShape, trees);
            IngestRequest request = TestServer.Fill(trees.Values);
            server.IngestAsync(request).GetAwaiter().GetResult();
            List<ObjectEntry> entries = server.GetTreesAsync(new GetTreesRequest { Roots = { after.RawId }, Haves = { before.RawId } }).GetAwaiter().GetResult();

            HashSet<ObjectId> sent = [.. entries.Select(e => new ObjectId(e.Id.Span))];
            HashSet<ObjectId> held = Closure(before.Id, trees);
            HashSet<ObjectId> needed = Closure(after.Id, trees);
            return sent.Count == entries.Count && sent.IsSubsetOf(needed) && needed.IsSubsetOf(sent.Union(held)) && (before.Id != after.Id || sent.Count == 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    /// <summary>Four levels of two or three directories whose leaves depend on the numbers, so that shapes share subtrees.</summary>
    private static GitObject Build(int[] shape, Dictionary<ObjectId, GitObject> trees)
    {
        GitObject[] level = [.. shape.Select(n => Keep(GitObject.Tree(($"f{n}", s_file))))];
        while (level.Length > 1)
        {
            level = [.. level.Chunk(level.Length % 3 == 0 ? 3 : 2).Select(c => Keep(GitObject.Tree([.. c.Select((t, i) => ($"d{i}", t))])))];
        }

        return level[0];

        GitObject Keep(GitObject tree)
        {
            trees[tree.Id] = tree;
            return tree;
        }
    }

    private static HashSet<ObjectId> Closure(ObjectId root, Dictionary<ObjectId, GitObject> trees)
    {
        HashSet<ObjectId> seen = [root];
        Queue<ObjectId> queue = new([root]);
        while (queue.TryDequeue(out ObjectId id))
        {
            foreach (ObjectId child in Children(trees[id].Body).Where(seen.Add))
            {
                queue.Enqueue(child);
            }
        }

        return seen;
    }

    private static List<ObjectId> Children(byte[] tree)
    {
        List<ObjectId> children = [];
        TreeReader reader = new(tree);
        while (reader.MoveNext())
        {
            if (reader.Current.Mode.IsDirectory())
            {
                children.Add(reader.Current.Id);
            }
        }

        return children;
    }

    private static ByteString Absent() => ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xEE, 20)]);

    private static List<string> Names(params GitObject[] objects) => [.. objects.Select(o => o.Id.ToString()).Order(StringComparer.Ordinal)];

    private static List<string> Names(List<ObjectEntry> entries) =>
        [.. entries.Select(e => Convert.ToHexStringLower(e.Id.Span)).Order(StringComparer.Ordinal)];
}
