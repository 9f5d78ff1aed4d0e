using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Branches;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;

namespace Monorepo.Workspace.Tests.Branches;

/// <summary>Branches and tags of a clone: made, renamed, deleted, and through pulls.</summary>
public sealed class BranchTests : IAsyncLifetime
{
    private static readonly RefName s_topic = RefName.Parse("refs/heads/topic");

    private CommittingClone _made = null!;
    private RandomTrees _trees = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Clone Clone => _made.Clone;

    private BranchEditor Editor => new(Clone);

    private ObjectId Head => Clone.Head.Commit!.Value;

    public async ValueTask InitializeAsync()
    {
        _trees = new RandomTrees(new Random(3), commits: 3, filesMax: 10);
        _made = await CommittingClone.CreateAsync(_trees);
    }

    public ValueTask DisposeAsync()
    {
        _made.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_branch_without_commits_of_its_own_survives_pulls_until_the_server_has_it()
    {
        Assert.Equal(BranchOutcome.Done, Editor.Create(s_topic, _trees.Commits[0]).Outcome);
        await PullAsync();
        Assert.Equal(_trees.Commits[0], BranchNames.Find(Clone, s_topic));
        Assert.Equal(["refs/heads/main", "refs/heads/topic"], BranchList.Here(Clone).Select(b => b.Name.Value));
        _made.Remote.Refs.Refs.Add(new Ref { Name = s_topic.Value, Target = ByteString.CopyFrom(_trees.Commits[1].AsSpan()) });
        await PullAsync();
        Assert.Empty(Clone.Local.Refs);
        Assert.Equal(_trees.Commits[1], BranchNames.Find(Clone, s_topic));
    }

    [Fact]
    public async Task A_branch_made_by_a_checkout_is_there_when_another_is_checked_out()
    {
        ObjectId old = _trees.Commits[0];
        await _made.WorkingCopy.CheckoutAsync(_made.Objects, _trees.TreeOf(old), new HeadState(s_topic, old), force: false, null, Token);
        Assert.Equal(old, Clone.Local.Refs[s_topic]);
        await _made.WorkingCopy.CheckoutAsync(_made.Objects, _trees.TreeOf(_trees.Commits[^1]), new HeadState(CommittingClone.Main, _trees.Commits[^1]), force: false, null, Token);
        await PullAsync();
        Assert.Equal(old, BranchNames.Find(Clone, s_topic));
        Assert.Equal(s_topic, Workspace.WorkingCopies.PreviousHead.Find(Clone.Paths)?.Branch);
    }

    [Fact]
    public async Task Deleting_refuses_to_lose_local_commits()
    {
        Assert.Equal(BranchOutcome.Done, Editor.StartHere(s_topic).Outcome);
        ObjectId local = (await _made.CommitAsync("local", allowEmpty: true)).Id;
        Assert.Equal(BranchOutcome.CheckedOut, Editor.Delete(s_topic, force: true).Outcome);
        ObjectId main = _trees.Commits[^1];
        await _made.WorkingCopy.CheckoutAsync(_made.Objects, _trees.TreeOf(main), new HeadState(CommittingClone.Main, main), force: false, null, Token);
        BranchChange refused = Editor.Delete(s_topic, force: false);
        Assert.Equal((BranchOutcome.Unmerged, local), (refused.Outcome, refused.Target));
        RefName second = RefName.Parse("refs/heads/second");
        Assert.Equal(BranchOutcome.Done, Editor.Create(second, local).Outcome);
        Assert.Equal(BranchOutcome.Done, Editor.Delete(s_topic, force: false).Outcome);
        Assert.Equal(BranchOutcome.Unmerged, Editor.Delete(second, force: false).Outcome);
        Assert.Equal(BranchOutcome.Done, Editor.Delete(second, force: true).Outcome);
        Assert.True(Clone.History.Contains(local));
    }

    [Fact]
    public async Task Renaming_the_branch_that_is_checked_out_keeps_its_commits()
    {
        Editor.StartHere(s_topic);
        ObjectId local = (await _made.CommitAsync("local", allowEmpty: true)).Id;
        RefName below = RefName.Parse("refs/heads/topic/new");
        Assert.Equal(BranchOutcome.Done, Editor.Rename(s_topic, below).Outcome);
        Assert.Equal(new HeadState(below, local), Clone.Head);
        Assert.Equal(below, Assert.Single(Clone.Local.Refs.Keys));
        Assert.Equal(BranchOutcome.Clashes, Editor.Create(RefName.Parse("refs/heads/topic/new/deeper"), local).Outcome);
        Assert.Equal(BranchOutcome.Clashes, Editor.Create(RefName.Parse("refs/heads/main/deeper"), local).Outcome);
        Assert.Equal(BranchOutcome.Exists, Editor.Rename(below, CommittingClone.Main).Outcome);
    }

    [Fact]
    public async Task Annotated_tags_are_gits_and_stay_until_the_server_has_them()
    {
        RefName name = RefName.Parse("refs/tags/v1");
        TagAnnotation annotation = new(ObjectKind.Commit, new Signature("A U Thor", "author@example.com", 1_700_000_000, 60), CommitMessage.Clean("first\n\nrelease"u8));
        Assert.Equal(BranchOutcome.Done, new TagEditor(Clone).Create(name, Head, annotation, replace: false).Outcome);
        _made.Git("tag", "-a", "-m", "first\n\nrelease", "v1");
        ObjectId tag = ObjectId.Parse(_made.Git("rev-parse", "v1"));
        Assert.Equal(tag, Clone.Local.Refs[name]);
        Assert.Equal(Head, Clone.VisibleRefs().Find(name)!.Value.Peeled);

        // Another commit is dropped meanwhile: the tag is copied with what stays.
        ObjectId local = (await _made.CommitAsync("local", allowEmpty: true)).Id;
        Assert.Equal([local], Clone.Local.ObjectsOf(local));
        await PullAsync();
        Assert.NotNull(Clone.Local.TryRead(tag));
        Clone.Local.Drop(new HashSet<ObjectId> { local }, new HashSet<RefName> { CommittingClone.Main }, entries => _made.Cache.Add(entries));
        Assert.Equal(annotation.Format(name, _trees.Commits[^1]), Clone.Local.TryRead(tag)!.Body.ToArray());
        Clone.Local.Drop(new HashSet<ObjectId>(), new HashSet<RefName> { name }, entries => _made.Cache.Add(entries));
        Assert.Null(Clone.Local.TryRead(tag));
    }

    [Fact]
    public async Task The_servers_branches_are_not_deleted_here()
    {
        RefName other = RefName.Parse("refs/heads/other");
        Assert.Equal(BranchOutcome.NotFound, Editor.Delete(other, force: true).Outcome);
        _made.Remote.Refs.Refs.Add(new Ref { Name = other.Value, Target = ByteString.CopyFrom(_trees.Commits[0].AsSpan()) });
        await PullAsync();
        Assert.Equal(BranchOutcome.OnServer, Editor.Delete(other, force: true).Outcome);
        Assert.Equal((BranchOutcome.Exists, true), (Editor.Create(other, Head).Outcome, Editor.Refuse(other)!.Value.IsOnServer));
        Assert.DoesNotContain(BranchList.Here(Clone), b => b.Name == other);
        Assert.Contains(BranchList.OnServer(Clone), b => b.Name.Value == "refs/remotes/origin/other");
    }

    [Theory]
    [InlineData("ok")]
    [InlineData("a/b")]
    [InlineData("-x")]
    [InlineData("HEAD")]
    [InlineData("@")]
    [InlineData("a..b")]
    [InlineData("a.lock")]
    [InlineData("a.lock/b")]
    [InlineData(".a")]
    [InlineData("a/.b")]
    [InlineData("a b")]
    [InlineData("a~1")]
    [InlineData("a@{1}")]
    [InlineData("a\\b")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a.")]
    [InlineData("ü@x")]
    public void Names_are_what_git_takes(string name) =>
        Assert.Equal(GitCommand.Try(_made.Top, "check-ref-format", "--branch", name).Code == 0 && name != "@", BranchNames.TryParse(RefName.Branches, name, out _));

    private async Task PullAsync()
    {
        await Clone.PullAsync(_made.Remote, null, Token);
        using CloneLock held = CloneLock.Take(Clone.Paths);
        Clone.Refresh();
        Clone.DropLanded(entries => _made.Cache.Add(entries));
    }
}
