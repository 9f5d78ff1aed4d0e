using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Push.Policy;
using Monorepo.Storage;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push;

public sealed class RebaseTests
{
    private const string Main = "refs/heads/main";

    // First: the trees below go in there.
    private static readonly Dictionary<ObjectId, GitObject> s_inner = [];

    private static readonly GitObject s_one = GitObject.Blob("one");
    private static readonly GitObject s_two = GitObject.Blob("two");
    private static readonly GitObject s_three = GitObject.Blob("three");
    private static readonly GitObject s_tree = Root(("a", s_one), ("b", s_one), ("c", s_one));
    private static readonly GitObject s_first = GitObject.Commit(s_tree, "first");
    private static readonly GitObject s_theirTree = Root(("a", s_two), ("b", s_one), ("c", s_one));
    private static readonly GitObject s_theirs = GitObject.Commit(s_theirTree, "changes a", s_first);

    [Fact]
    public async Task Disjoint_changes_are_put_on_top_and_the_client_learns_the_new_ids()
    {
        await using TestServer server = await StartAsync();
        GitObject secondTree = Root(("a", s_one), ("b", s_three), ("c", s_one));
        GitObject thirdTree = Root(("a", s_one), ("b", s_three), ("d", s_three));
        GitObject second = GitObject.Commit(secondTree, "changes b", s_first);
        GitObject third = GitObject.Commit(thirdTree, "c becomes d", second);
        PushResponse response = await server.PushAsync([second, third, secondTree, thirdTree, Inner(secondTree), Inner(thirdTree), s_three], Rebase(s_first, third));

        Assert.True(response.Accepted);
        PushResult result = Assert.Single(response.Results);
        Assert.Equal(PushOutcome.Rebased, result.Outcome);
        GitObject movedTree = Root(("a", s_two), ("b", s_three), ("c", s_one));
        GitObject moved = GitObject.Commit(movedTree, "changes b", s_theirs);
        GitObject lastTree = Root(("a", s_two), ("b", s_three), ("d", s_three));
        GitObject last = GitObject.Commit(lastTree, "c becomes d", moved);
        Assert.Equal([(second.RawId, moved.RawId), (third.RawId, last.RawId)], result.Rebased.Select(r => (r.OldId, r.NewId)));
        Assert.Equal(last.RawId, result.Target);
        Assert.Equal(last.Id, await server.RefAsync(Main));

        // What was pushed and is not needed is not kept; what is needed is.
        string state = await server.StateAsync([second.Id, third.Id, secondTree.Id, thirdTree.Id, moved.Id, movedTree.Id, last.Id, Inner(lastTree).Id, s_three.Id]);
        Assert.EndsWith($"log 4 stored {moved.Id} {movedTree.Id} {last.Id} {Inner(lastTree).Id} {s_three.Id}", state, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_repeated_after_a_lost_answer_lands_once_even_when_others_pushed_since()
    {
        await using TestServer server = await StartAsync();
        GitObject tree = Root(("a", s_one), ("b", s_three), ("c", s_one));
        GitObject commit = GitObject.Commit(tree, "changes b", s_first);
        GitObject[] objects = [commit, tree, Inner(tree), s_three];
        PushResponse first = await server.PushAsync(objects, Rebase(s_first, commit));
        GitObject otherTree = Root(("a", s_one), ("b", s_one), ("c", s_two));
        GitObject other = GitObject.Commit(otherTree, "changes c", s_first);
        PushResponse second = await server.PushAsync([other, otherTree, Inner(otherTree)], Rebase(s_first, other));
        string before = await server.StateAsync([]);

        PushResponse again = await server.PushAsync(objects, Rebase(s_first, commit));
        Assert.True(again.Accepted);
        Assert.Equal([PushOutcome.Rebased], again.Outcomes());
        Assert.Equal(first.Results[0].Rebased, again.Results[0].Rebased);
        Assert.Equal(second.Results[0].Target, again.Results[0].Target);
        Assert.Equal(before, await server.StateAsync([]));

        // A stack that grew since: only what is new lands.
        GitObject grownTree = Root(("a", s_one), ("b", s_three), ("c", s_one), ("e", s_three));
        GitObject grown = GitObject.Commit(grownTree, "adds e", commit);
        PushResponse more = await server.PushAsync([.. objects, grown, grownTree, Inner(grownTree)], Rebase(s_first, grown));
        Assert.Equal(2, more.Results[0].Rebased.Count);
        Assert.Equal(first.Results[0].Rebased[0], more.Results[0].Rebased[0]);
        Assert.Equal(5UL, (await server.ReadHistoryAsync())[0].Head.Length);
    }

    [Fact]
    public async Task What_landed_unrebased_before_others_is_answered_as_there()
    {
        await using TestServer server = await StartAsync();
        GitObject next = GitObject.Commit(s_theirTree, "next", s_theirs);
        await server.PushAsync([next], Update(Main, s_theirs, next));
        foreach (PushRebase rebase in Enum.GetValues<PushRebase>())
        {
            PushResponse response = await server.PushAsync([s_theirs, s_theirTree, Inner(s_theirTree)], Update(Main, s_first, s_theirs, rebase));
            Assert.Equal([PushOutcome.Unchanged], response.Outcomes());
            Assert.Equal(next.RawId, response.Results[0].Target);
            Assert.Equal([PushOutcome.NonFastForward], (await server.PushAsync([], Update(Main, next, s_theirs, rebase))).Outcomes());
        }
    }

    [Fact]
    public async Task A_change_that_is_there_already_is_left_out_and_an_empty_commit_is_kept()
    {
        await using TestServer server = await StartAsync();
        GitObject same = GitObject.Commit(s_theirTree, "the same change by somebody else", s_first);
        GitObject empty = GitObject.Commit(s_theirTree, "empty", same);
        PushResponse response = await server.PushAsync([same, empty, s_theirTree, Inner(s_theirTree)], Rebase(s_first, empty));
        GitObject moved = GitObject.Commit(s_theirTree, "empty", s_theirs);
        Assert.Equal([(same.RawId, s_theirs.RawId), (empty.RawId, moved.RawId)], response.Results[0].Rebased.Select(r => (r.OldId, r.NewId)));
    }

    [Fact]
    public async Task Changes_of_one_file_conflict_and_change_nothing()
    {
        await using TestServer server = await StartAsync();
        GitObject tree = Root(("a", s_three), ("b", s_three), ("c", s_one));
        GitObject commit = GitObject.Commit(tree, "changes a too", s_first);
        string before = await server.StateAsync([commit.Id, tree.Id, s_three.Id]);
        PushResponse response = await server.PushAsync([commit, tree, Inner(tree), s_three], Rebase(s_first, commit));
        Assert.False(response.Accepted);
        PushResult result = Assert.Single(response.Results);
        Assert.Equal(PushOutcome.Conflict, result.Outcome);
        Assert.Equal(["folder/a"], result.Conflicts.Select(c => c.ToStringUtf8()));
        Assert.Contains("changes a too", result.Message, StringComparison.Ordinal);
        Assert.Contains("folder/a", result.Message, StringComparison.Ordinal);
        Assert.Equal(s_theirs.RawId, result.Target);
        Assert.Equal(before, await server.StateAsync([commit.Id, tree.Id, s_three.Id]));
    }

    [Fact]
    public async Task Merges_and_strangers_are_not_rebased()
    {
        await using TestServer server = await StartAsync();
        GitObject side = GitObject.Commit(s_tree, "side", s_first);
        GitObject merge = GitObject.Commit(s_tree, "merge", s_first, side);
        PushResponse response = await server.PushAsync([side, merge], Rebase(s_first, merge));
        Assert.Equal([PushOutcome.NonFastForward], response.Outcomes());
        Assert.Contains("is a merge", response.Results[0].Message, StringComparison.Ordinal);
        GitObject stranger = GitObject.Commit(s_tree, "stranger");
        response = await server.PushAsync([stranger], Rebase(s_first, stranger));
        Assert.Contains("no commit in common", response.Results[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signatures_go_and_all_else_stays_to_the_byte()
    {
        await using TestServer server = await StartAsync();
        GitObject tree = Root(("a", s_one), ("b", s_three), ("c", s_one));
        string rest = "author Ä <a@x> 1600000000 -0730\ncommitter B <b@x> 1600000001 +1245\nencoding ISO-8859-1\n";
        string signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n";
        string tail = "x-extra 1\n 2\n\nno line feed at the end\n\ngpgsig in the message";
        GitObject commit = Raw($"tree {tree.Id}\nparent {s_first.Id}\n{rest}{signature}{tail}");
        PushResponse response = await server.PushAsync([commit, tree, Inner(tree), s_three], Rebase(s_first, commit));
        GitObject moved = Raw($"tree {Root(("a", s_two), ("b", s_three), ("c", s_one)).Id}\nparent {s_theirs.Id}\n{rest}{tail}");
        Assert.Equal(moved.RawId, response.Results[0].Target);
        Assert.Contains("signature", response.Results[0].Message, StringComparison.Ordinal);

        static GitObject Raw(string text) => GitObject.Of(ObjectKind.Commit, Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public async Task The_servers_rule_for_a_ref_is_what_a_client_gets_that_asks_for_nothing()
    {
        RefRule rule = new() { Pattern = PathPattern.Parse(Main), Rebase = true };
        await using TestServer server = await StartAsync(new PushPolicy { Refs = [rule] });
        GitObject tree = Root(("a", s_one), ("b", s_three), ("c", s_one));
        GitObject commit = GitObject.Commit(tree, "changes b", s_first);
        GitObject[] objects = [commit, tree, Inner(tree), s_three];
        Assert.Equal([PushOutcome.NonFastForward], (await server.PushAsync(objects, Update(Main, s_first, commit, PushRebase.Never))).Outcomes());
        Assert.Equal([PushOutcome.Created], (await server.PushAsync(objects, Update("refs/heads/x", null, commit))).Outcomes());
        Assert.Equal([PushOutcome.Rebased], (await server.PushAsync(objects, Update(Main, s_first, commit))).Outcomes());
    }

    [Fact]
    public async Task Of_several_refs_some_are_rebased_and_some_are_not()
    {
        await using TestServer server = await StartAsync();
        GitObject tree = Root(("a", s_one), ("b", s_three), ("c", s_one));
        GitObject commit = GitObject.Commit(tree, "changes b", s_first);
        PushResponse response = await server.PushAsync(
            [commit, tree, Inner(tree), s_three], Rebase(s_first, commit), Update("refs/heads/mine", null, commit));
        Assert.Equal([PushOutcome.Rebased, PushOutcome.Created], response.Outcomes());
        Assert.Equal(commit.Id, await server.RefAsync("refs/heads/mine"));
        Assert.Equal(4UL, (await server.ReadHistoryAsync())[0].Head.Length);
    }

    [Fact]
    public async Task Many_clients_on_one_branch_all_land_without_a_second_try()
    {
        await using TestServer server = await StartAsync();
        const int Clients = 32;
        const int Each = 4;
        PushResponse[][] responses = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            List<PushResponse> answers = [];
            for (int i = 0; i < Each; i++)
            {
                // Always from the same old commit: each of them is behind, and stays behind.
                GitObject blob = GitObject.Blob($"{client} {i}");
                GitObject tree = Root(("a", s_one), ("b", s_one), ("c", s_one), ($"new {client} {i}", blob));
                GitObject commit = GitObject.Commit(tree, $"change {client} {i}", s_first);
                answers.Add(await server.PushAsync([commit, tree, Inner(tree), blob], Rebase(s_first, commit)));
            }

            return answers.ToArray();
        }));

        Assert.All(responses.SelectMany(r => r), r => Assert.True(r.Accepted));
        IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        ObjectId tip = (await server.RefAsync(Main))!.Value;
        HashSet<ObjectId> line = [];
        int files = await CountFilesAsync(repository, tip, line);
        Assert.Equal(3 + (Clients * Each), files);
        Assert.Equal(2 + (Clients * Each), line.Count);
        Assert.All(responses.SelectMany(r => r), r => Assert.Contains(new ObjectId(r.Results[0].Rebased[0].NewId.Span), line));
        Assert.Equal(1UL + (Clients * Each), (await server.ReadHistoryAsync())[0].Head.Refs.Offset);
    }

    private static async Task<int> CountFilesAsync(IRepository repository, ObjectId tip, HashSet<ObjectId> line)
    {
        ObjectId tree = default;
        for (ObjectId? at = tip; at is { } id;)
        {
            line.Add(id);
            Commit commit = Commit.Parse(await ReadAsync(id));
            tree = id == tip ? commit.Tree : tree;
            at = commit.Parents.Count == 0 ? null : commit.Parents[0];
        }

        TreeReader root = new(await ReadAsync(tree));
        root.MoveNext();
        ObjectId folder = root.Current.Id;
        int count = 0;
        for (TreeReader reader = new(await ReadAsync(folder)); reader.MoveNext();)
        {
            count++;
        }

        return count;

        async Task<byte[]> ReadAsync(ObjectId id)
        {
            using Storage.ObjectBatch batch = await repository.Objects.GetAsync(new[] { id }, default);
            return Formats.Objects.ObjectEnvelope.Open(batch[0], id, out _);
        }
    }

    private static PushUpdate Rebase(GitObject from, GitObject to) => Update(Main, from, to, PushRebase.Always);

    /// <summary>A root with one folder that holds the entries.</summary>
    private static GitObject Root(params (string Name, GitObject Object)[] entries)
    {
        GitObject folder = GitObject.Tree(entries);
        GitObject root = GitObject.Tree(("folder", folder));
        lock (s_inner)
        {
            s_inner[root.Id] = folder;
        }

        return root;
    }

    private static GitObject Inner(GitObject root)
    {
        lock (s_inner)
        {
            return s_inner[root.Id];
        }
    }

    /// <summary>A branch that is one commit further than the pushes of the tests know.</summary>
    private static async Task<TestServer> StartAsync(PushPolicy? policy = null)
    {
        TestServer server = await TestServer.StartAsync(policy: policy);
        await server.FillAsync([s_one, s_two, s_tree, Inner(s_tree), s_first, s_theirTree, Inner(s_theirTree), s_theirs], (Main, s_theirs));
        return server;
    }
}
