using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Tests.Commits;

public sealed class CommitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_puts_the_branch_ahead_of_the_servers()
    {
        using CommittingClone clone = await CloneAsync();
        ObjectId server = clone.Clone.Head.Commit!.Value;
        File.WriteAllText(Path.Combine(clone.Top, "new file"), "text");
        ObjectId first = (await clone.CommitAsync("one", ["new file"u8.ToArray()])).Id;
        File.WriteAllText(Path.Combine(clone.Top, "new file"), "other text");
        CommitResult second = await clone.CommitAsync("two");
        Assert.Equal(1, second.FilesChanged);
        using Clone again = Clone.Open(clone.Top);
        Assert.Equal(new HeadState(CommittingClone.Main, second.Id), again.Head);
        Assert.Equal(new BranchDivergence(CommittingClone.Main, 2, 0), BranchDivergence.Of(again));
        RevisionResolver resolver = again.CreateResolver(clone.Objects);
        foreach ((string revision, ObjectId id) in ((string, ObjectId)[])[("main", second.Id), ("HEAD", second.Id), ("HEAD~1", first), ("origin/main", server), ("main~2", server), (first.Abbreviate(12), first)])
        {
            Assert.Equal(id, (await resolver.ResolveCommitAsync(revision, Token)).Id);
        }

        Assert.True(again.History.TryFind(second.Id, out CommitNode tip));
        Assert.Equal([second.Id, first, server], CommitWalk.Log(again.History, [tip.Position]).Take(3).Select(n => n.Id));
    }

    [Fact]
    public async Task Nothing_to_commit_changes_nothing()
    {
        using CommittingClone clone = await CloneAsync();
        ObjectId before = clone.Clone.Head.Commit!.Value;
        File.WriteAllText(Path.Combine(clone.Top, "untracked"), "text");
        CommitResult result = await clone.CommitAsync("none");
        Assert.Equal(CommitOutcome.NothingChanged, result.Outcome);
        Assert.True(result.HasUntracked);
        Assert.Equal(CommitOutcome.NoSuchPath, (await clone.CommitAsync("none", ["not there"u8.ToArray()])).Outcome);
        Assert.Equal(before, clone.Clone.Head.Commit);
        Assert.Equal(before, Clone.Open(clone.Top).Head.Commit);
    }

    [Fact]
    public async Task The_first_commit_of_an_empty_repository_is_gits()
    {
        using CommittingClone clone = await CommittingClone.CreateAsync(null);
        Directory.CreateDirectory(Path.Combine(clone.Top, "dir"));
        File.WriteAllText(Path.Combine(clone.Top, "dir", "file"), "text");
        clone.Git("add", ".");
        clone.Git("commit", "-q", "-m", "first");
        CommitResult result = await clone.CommitAsync("first", [[]]);
        Assert.True(result.IsRoot);
        Assert.Equal(clone.Git("rev-parse", "HEAD"), result.Id.ToString());
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task A_commit_without_a_branch_is_kept_by_HEAD_alone()
    {
        using CommittingClone clone = await CloneAsync();
        ObjectId server = clone.Clone.Head.Commit!.Value;
        Assert.True(clone.Clone.History.TryFind(server, out CommitNode node));
        await clone.WorkingCopy.CheckoutAsync(clone.Objects, node.Tree, new HeadState(null, server), force: false, null, Token);
        File.WriteAllText(Path.Combine(clone.Top, "new"), "text");
        ObjectId id = (await clone.CommitAsync("detached", ["new"u8.ToArray()])).Id;
        using Clone again = Clone.Open(clone.Top);
        Assert.Equal(new HeadState(null, id), again.Head);
        Assert.Empty(again.Local.Refs);
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task Another_branch_and_back_keeps_local_commits()
    {
        using CommittingClone clone = await CloneAsync();
        ObjectId server = clone.Clone.Head.Commit!.Value;
        File.WriteAllText(Path.Combine(clone.Top, "new"), "text");
        ObjectId local = (await clone.CommitAsync("one", ["new"u8.ToArray()])).Id;
        await CheckoutAsync(clone, new HeadState(null, server));
        Assert.False(File.Exists(Path.Combine(clone.Top, "new")));
        Assert.Equal(local, clone.Clone.Local.Refs[CommittingClone.Main]);
        await CheckoutAsync(clone, new HeadState(CommittingClone.Main, local));
        Assert.Equal("text", File.ReadAllText(Path.Combine(clone.Top, "new")));
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task A_pull_that_brings_local_commits_makes_them_the_servers()
    {
        using CommittingClone clone = await CloneAsync();
        File.WriteAllText(Path.Combine(clone.Top, "new"), "text");
        ObjectId one = (await clone.CommitAsync("one", ["new"u8.ToArray()])).Id;
        File.WriteAllText(Path.Combine(clone.Top, "new"), "more");
        ObjectId two = (await clone.CommitAsync("two")).Id;
        GitObject pushed = clone.Objects.TryReadLocal(one)!;
        clone.Remote.Commits.Add(pushed.Body.ToArray());
        clone.Remote.Refs.Refs[0].Target = Google.Protobuf.ByteString.CopyFrom(one.AsSpan());
        Assert.Equal(1, (await clone.Clone.PullAsync(clone.Remote, null, Token)).NewCommits);
        List<ObjectId> saved = [];
        Drop(clone.Clone, saved);
        Assert.Equal([two], clone.Clone.Local.Commits);
        Assert.Equal(new BranchDivergence(CommittingClone.Main, 1, 0), BranchDivergence.Of(clone.Clone));
        Assert.Contains(ObjectHasher.Hash(ObjectKind.Blob, "text"u8), saved);

        clone.Remote.Commits.Add(clone.Objects.TryReadLocal(two)!.Body.ToArray());
        clone.Remote.Refs.Refs[0].Target = Google.Protobuf.ByteString.CopyFrom(two.AsSpan());
        await clone.Clone.PullAsync(clone.Remote, null, Token);
        Drop(clone.Clone, saved);
        Assert.Empty(clone.Clone.Local.Commits);
        Assert.Empty(clone.Clone.Local.Refs);
        using Clone again = Clone.Open(clone.Top);
        Assert.Equal(new HeadState(CommittingClone.Main, two), again.Head);
        Assert.Empty(await clone.StatusAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_that_was_cut_before_the_dirstate_knew_of_it_counts(bool isChangedAgain)
    {
        using CommittingClone clone = await CloneAsync();
        File.WriteAllText(Path.Combine(clone.Top, "new"), "text");
        byte[] before = File.ReadAllBytes(Path.Combine(clone.Clone.Paths.State, "dirstate"));
        ObjectId id = (await clone.CommitAsync("one", ["new"u8.ToArray()])).Id;
        File.WriteAllBytes(Path.Combine(clone.Clone.Paths.State, "dirstate"), before);
        if (isChangedAgain)
            File.WriteAllText(Path.Combine(clone.Top, "new"), "other");

        using Clone opened = Clone.Open(clone.Top);
        Assert.Equal(id, opened.Head.Commit);
        WorkingCopy copy = new(opened, "/none");
        Assert.Null(await copy.FinishInterruptedAsync(clone.Objects, null, Token));
        string[] expected = isChangedAgain ? ["Modified new"] : [];
        Assert.Equal(expected, await clone.StatusAsync());
        Assert.Equal(isChangedAgain ? CommitOutcome.Done : CommitOutcome.NothingChanged, (await clone.CommitAsync("two")).Outcome);
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task A_commit_whose_promise_was_cut_never_was()
    {
        using CommittingClone clone = await CloneAsync();
        File.WriteAllText(Path.Combine(clone.Top, "new"), "text");
        ObjectId one = (await clone.CommitAsync("one", ["new"u8.ToArray()])).Id;
        byte[] dirstate = File.ReadAllBytes(Path.Combine(clone.Clone.Paths.State, "dirstate"));
        string journal = Path.Combine(clone.Clone.Paths.Local, "journal");
        int before = (int)new FileInfo(journal).Length;
        File.WriteAllText(Path.Combine(clone.Top, "new"), "more text");
        await clone.CommitAsync("two");
        byte[] whole = File.ReadAllBytes(journal);
        File.WriteAllBytes(Path.Combine(clone.Clone.Paths.State, "dirstate"), dirstate);
        File.WriteAllBytes(journal, whole[..((before + whole.Length) / 2)]);
        using Clone opened = Clone.Open(clone.Top);
        Assert.Equal(one, opened.Head.Commit);
        Assert.Equal(["Modified new"], await clone.StatusAsync());
        WorkingCopy copy = new(opened, "/none");
        ObjectSource objects = new(clone.Cache, opened.History, clone.Remote, local: opened.Local);
        CommitResult again = await copy.CommitAsync(objects, CommittingClone.Request("two"), null, Token);
        Assert.Equal(whole.Length, new FileInfo(journal).Length);
        using Clone last = Clone.Open(clone.Top);
        Assert.Equal(again.Id, last.Head.Commit);
    }

    private static void Drop(Clone clone, List<ObjectId> saved)
    {
        using CloneLock held = CloneLock.Take(clone.Paths);
        clone.DropLanded(entries => saved.AddRange(entries.Select(e => e.Id)));
    }

    private static Task<CommittingClone> CloneAsync() => CommittingClone.CreateAsync(new RandomTrees(new Random(7), commits: 2, filesMax: 20));

    private static async Task CheckoutAsync(CommittingClone clone, HeadState head)
    {
        Assert.True(clone.Clone.History.TryFind(head.Commit!.Value, out CommitNode node));
        Assert.True((await clone.WorkingCopy.CheckoutAsync(clone.Objects, node.Tree, head, force: false, null, Token)).IsDone);
    }
}
