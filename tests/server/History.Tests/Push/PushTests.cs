using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Storage;
using static Monorepo.History.Tests.Push.PushRun;

namespace Monorepo.History.Tests.Push;

public sealed class PushTests
{
    private const string Main = "refs/heads/main";
    private const string Other = "refs/heads/other";

    private static readonly GitObject s_blob = GitObject.Blob("one");
    private static readonly GitObject s_changed = GitObject.Blob("two");
    private static readonly GitObject s_folder = GitObject.Tree(("same", s_blob));
    private static readonly GitObject s_tree = GitObject.Tree(("f", s_blob), ("folder", s_folder));
    private static readonly GitObject s_first = GitObject.Commit(s_tree, "first");
    private static readonly GitObject s_secondTree = GitObject.Tree(("f", s_changed), ("folder", s_folder));
    private static readonly GitObject s_second = GitObject.Commit(s_secondTree, "second", s_first);
    private static readonly GitObject s_beside = GitObject.Commit(s_tree, "beside", s_first);
    private static readonly GitObject[] s_base = [s_blob, s_folder, s_tree, s_first];

    [Fact]
    public async Task A_first_push_makes_the_branch_and_the_default_branch()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        PushResponse response = await server.PushAsync(s_base, Update(Main, null, s_first));
        Assert.True(response.Accepted);
        Assert.Equal([PushOutcome.Created], response.Outcomes());
        Assert.Equal((1UL, s_first.RawId), (response.Offset, response.Results[0].Target));
        List<ReadHistoryResponse> history = await server.ReadHistoryAsync();
        Assert.Equal((1UL, Main), (history[0].Head.Length, history[0].Head.Refs.DefaultBranch));
        Assert.Equal(2, (await server.GetTreesAsync(new GetTreesRequest { Roots = { s_first.RawId } })).Count(e => e.Envelope.Length > 0));
    }

    [Fact]
    public async Task A_push_brings_what_changed_and_again_changes_nothing()
    {
        await using TestServer server = await StartAsync();
        GitObject[] objects = [s_second, s_secondTree, s_changed];
        PushResponse response = await server.PushAsync(objects, Update(Main, s_first, s_second));
        Assert.Equal([PushOutcome.Updated], response.Outcomes());
        Assert.Equal(s_second.Id, await server.RefAsync(Main));

        PushResponse again = await server.PushAsync(objects, Update(Main, s_first, s_second));
        Assert.True(again.Accepted);
        Assert.Equal([PushOutcome.Unchanged], again.Outcomes());
        Assert.Equal(response.Offset, again.Offset);
        Assert.Equal(2UL, (await server.ReadHistoryAsync())[0].Head.Length);
    }

    [Fact]
    public async Task Objects_nobody_needs_are_not_kept()
    {
        await using TestServer server = await StartAsync();
        GitObject stray = GitObject.Blob("stray");
        GitObject strayCommit = GitObject.Commit(s_tree, "stray");
        await server.PushAsync([s_second, s_secondTree, s_changed, stray, strayCommit], Update(Main, s_first, s_second));
        Assert.EndsWith($"stored {s_changed.Id}", await server.StateAsync([stray.Id, s_changed.Id, strayCommit.Id]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_fast_forward_is_refused_and_says_where_the_ref_is()
    {
        await using TestServer server = await StartAsync();
        await server.PushAsync([s_second, s_secondTree, s_changed], Update(Main, s_first, s_second));
        string before = await server.StateAsync([s_beside.Id]);
        PushResponse response = await server.PushAsync([s_beside], Update(Main, s_first, s_beside));
        Assert.False(response.Accepted);
        Assert.Equal([PushOutcome.NonFastForward], response.Outcomes());
        Assert.Equal(s_second.RawId, response.Results[0].Target);
        Assert.Contains("Pull", response.Results[0].Message, StringComparison.Ordinal);
        Assert.Equal([PushOutcome.NonFastForward], (await server.PushAsync([], Update(Main, s_second, s_first))).Outcomes());
        Assert.Equal(before, await server.StateAsync([s_beside.Id]));
    }

    [Fact]
    public async Task Force_and_deletion_need_the_right_old_target()
    {
        await using TestServer server = await StartAsync();
        await server.PushAsync([s_second, s_secondTree, s_changed], Update(Main, s_first, s_second), Update(Other, null, s_second));
        Assert.Equal([PushOutcome.Stale], (await server.PushAsync([s_beside], Update(Other, s_first, s_beside, force: true))).Outcomes());
        Assert.Equal([PushOutcome.Updated], (await server.PushAsync([s_beside], Update(Other, s_second, s_beside, force: true))).Outcomes());
        Assert.Equal([PushOutcome.Stale], (await server.PushAsync([], Update(Other, s_second, null))).Outcomes());
        Assert.Equal([PushOutcome.Deleted], (await server.PushAsync([], Update(Other, s_beside, null))).Outcomes());
        Assert.Equal([PushOutcome.Unchanged], (await server.PushAsync([], Update(Other, s_beside, null))).Outcomes());
        Assert.Equal([PushOutcome.Stale], (await server.PushAsync([s_beside], Update(Other, s_first, s_beside))).Outcomes());
        Assert.Equal([PushOutcome.Protected], (await server.PushAsync([], Update(Main, s_second, null))).Outcomes());
    }

    [Fact]
    public async Task Several_refs_move_together_or_not_at_all()
    {
        await using TestServer server = await StartAsync();
        PushResponse response = await server.PushAsync(
            [s_second, s_secondTree, s_changed, s_beside],
            Update(Other, null, s_second), Update(Main, s_second, s_second), Update("refs/heads/x", s_first, s_beside));
        Assert.False(response.Accepted);
        Assert.Equal([PushOutcome.NotAttempted, PushOutcome.Stale, PushOutcome.Stale], response.Outcomes());
        Assert.Null(await server.RefAsync(Other));

        response = await server.PushAsync(
            [s_second, s_secondTree, s_changed, s_beside], Update(Other, null, s_beside), Update(Main, s_first, s_second), Update("refs/heads/x", null, s_first));
        Assert.Equal([PushOutcome.Created, PushOutcome.Updated, PushOutcome.Created], response.Outcomes());
        Assert.Equal(2UL, response.Offset);
    }

    [Fact]
    public async Task A_dry_run_answers_as_the_push_would_and_changes_nothing()
    {
        await using TestServer server = await StartAsync();
        string before = await server.StateAsync([s_second.Id, s_secondTree.Id, s_changed.Id]);
        PushResponse response = await server.Client.SendAsync(
            new PushRequest { Head = new PushHead { Repository = TestServer.Repository, DryRun = true, Updates = { Update(Main, s_first, s_second) } } },
            new PushRequest { Objects = new Formats.Protos.ObjectBatch { Objects = { s_second.Entry, s_secondTree.Entry, s_changed.Entry } } });
        Assert.True(response.Accepted);
        Assert.Equal([PushOutcome.Updated], response.Outcomes());
        Assert.Equal(before, await server.StateAsync([s_second.Id, s_secondTree.Id, s_changed.Id]));
    }

    [Fact]
    public async Task Tags_are_peeled_and_do_not_move()
    {
        await using TestServer server = await StartAsync();
        GitObject tag = GitObject.Tag(s_second, "v1");
        GitObject ofTag = GitObject.Tag(tag, "v1-again");
        PushResponse response = await server.PushAsync(
            [s_second, s_secondTree, s_changed, tag, ofTag], Update("refs/tags/v1", null, tag), Update("refs/tags/again", null, ofTag), Update("refs/tags/plain", null, s_first));
        Assert.Equal([PushOutcome.Created, PushOutcome.Created, PushOutcome.Created], response.Outcomes());
        ListRefsResponse refs = (await server.ReadHistoryAsync())[0].Head.Refs;
        Assert.Equal([s_second.RawId, s_second.RawId], refs.Refs.Where(r => r.Peeled.Length > 0).Select(r => r.Peeled));
        Assert.Equal([PushOutcome.NonFastForward], (await server.PushAsync([], Update("refs/tags/plain", s_first, s_second))).Outcomes());
        Assert.Equal([PushOutcome.Updated], (await server.PushAsync([], Update("refs/tags/plain", s_first, s_second, force: true))).Outcomes());
    }

    [Fact]
    public async Task A_merge_of_what_others_pushed_is_a_fast_forward()
    {
        await using TestServer server = await StartAsync();
        await server.PushAsync([s_second, s_secondTree, s_changed], Update(Main, s_first, s_second));
        GitObject merge = GitObject.Commit(s_secondTree, "merge", s_beside, s_second);
        Assert.Equal([PushOutcome.Updated], (await server.PushAsync([merge, s_beside], Update(Main, s_second, merge))).Outcomes());

        // The log holds both; the older is no descendant of the newer.
        Assert.Equal([PushOutcome.Created], (await server.PushAsync([], Update(Other, null, s_beside))).Outcomes());
        Assert.Equal([PushOutcome.NonFastForward], (await server.PushAsync([], Update(Other, s_beside, s_second))).Outcomes());
        Assert.Equal([PushOutcome.Updated], (await server.PushAsync([], Update(Other, s_beside, merge))).Outcomes());
    }

    [Fact]
    public async Task Moved_and_restored_contents_need_not_be_sent()
    {
        await using TestServer server = await StartAsync();
        GitObject deep = GitObject.Tree(("x", GitObject.Tree(("folder", s_folder))));
        GitObject x = GitObject.Tree(("folder", s_folder));
        GitObject movedTree = GitObject.Tree(("copy", s_blob), ("d", deep));
        GitObject moved = GitObject.Commit(movedTree, "move down", s_first);
        Assert.True((await server.PushAsync([moved, movedTree, deep, x], Update(Main, s_first, moved))).Accepted);
        GitObject restored = GitObject.Commit(s_tree, "restore", moved);
        Assert.True((await server.PushAsync([restored], Update(Main, moved, restored))).Accepted);
    }

    [Fact]
    public async Task A_tree_left_by_a_crash_without_its_parts_is_no_proof()
    {
        await using TestServer server = await StartAsync();
        GitObject lost = GitObject.Blob("lost");
        GitObject orphan = GitObject.Tree(("lost", lost));
        GitObject root = GitObject.Tree(("f", s_blob), ("orphan", orphan));
        GitObject commit = GitObject.Commit(root, "on an orphan", s_first);
        IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        await repository.Objects.PutAsync([New(orphan), New(root), New(commit)], default);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.PushAsync([], Update(Main, s_first, commit)));
        Assert.Equal(RpcStatusCode.FailedPrecondition, e.StatusCode);
        Assert.Contains($"'orphan/lost' needs blob {lost.Id}", e.Detail, StringComparison.Ordinal);
        Assert.Equal(s_first.Id, await server.RefAsync(Main));

        // With the missing part the rest that is there is as good as pushed.
        Assert.True((await server.PushAsync([lost], Update(Main, s_first, commit))).Accepted);

        static NewObject New(GitObject item) => new(item.Id, item.Entry.Envelope.Memory);
    }

    [Fact]
    public async Task Many_pushes_of_their_own_refs_all_land_in_few_groups()
    {
        await using TestServer server = await StartAsync();
        GitObject[] commits = [.. Enumerable.Range(0, 64).Select(i => GitObject.Commit(s_tree, $"change {i}", s_first))];
        PushResponse[] responses = await Task.WhenAll(commits.Select((c, i) => server.PushAsync([c], Update($"refs/heads/b{i}", null, c), Update($"refs/heads/c{i}", null, s_first))));
        Assert.All(responses, r => Assert.True(r.Accepted));
        Assert.Equal(64, responses.Select(r => r.Offset).Distinct().Count());
        Assert.Equal((65UL, 129), ((await server.ReadHistoryAsync())[0].Head.Length, (await server.ReadHistoryAsync())[0].Head.Refs.Refs.Count));
    }

    [Fact]
    public async Task A_branch_can_not_be_the_folder_of_another()
    {
        await using TestServer server = await StartAsync();
        Assert.True((await server.PushAsync([], Update("refs/heads/a/b", null, s_first))).Accepted);

        PushResponse above = await server.PushAsync([], Update(Other, null, s_first), Update("refs/heads/a", null, s_first));
        Assert.Equal([PushOutcome.NotAttempted, PushOutcome.CheckFailed], above.Outcomes());
        Assert.Contains("refs/heads/a can't exist beside refs/heads/a/b", above.Results[1].Message, StringComparison.Ordinal);
        Assert.Equal([PushOutcome.CheckFailed], (await server.PushAsync([], Update("refs/heads/a/b/c", null, s_first))).Outcomes());
        Assert.Equal(
            [PushOutcome.NotAttempted, PushOutcome.CheckFailed], (await server.PushAsync([], Update("refs/heads/x", null, s_first), Update("refs/heads/x/y", null, s_first))).Outcomes());
        Assert.Equal([PushOutcome.Created], (await server.PushAsync([], Update("refs/heads/a-b", null, s_first))).Outcomes());

        PushResponse moved = await server.PushAsync([], Update("refs/heads/a/b", s_first, null), Update("refs/heads/a", null, s_first));
        Assert.Equal([PushOutcome.Deleted, PushOutcome.Created], moved.Outcomes());
    }

    [Fact]
    public async Task Of_branches_that_clash_and_are_pushed_at_once_one_lands()
    {
        await using TestServer server = await StartAsync();
        PushResponse[] responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => server.PushAsync([], Update(i % 2 == 0 ? "refs/heads/a" : "refs/heads/a/b", null, s_first))));
        Assert.Equal(1, responses.Count(r => r.Outcomes()[0] == PushOutcome.Created));
        Assert.Single((await server.ReadHistoryAsync())[0].Head.Refs.Refs, r => r.Name.StartsWith("refs/heads/a", StringComparison.Ordinal));
    }

    private static async Task<TestServer> StartAsync()
    {
        TestServer server = await TestServer.StartAsync();
        await server.FillAsync(s_base, (Main, s_first));
        await server.IngestAsync(new IngestRequest { Repository = TestServer.Repository, DefaultBranch = Main });
        return server;
    }
}
