using System.Globalization;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Shallow;
using Monorepo.Workspace.Tests.Clones;
using Monorepo.Workspace.Verification;
using RefMove = Monorepo.Workspace.Clones.RefMove;

namespace Monorepo.Workspace.Tests.Shallow;

public sealed class ShallowCloneTests : IDisposable
{
    private static readonly RefName s_main = RefName.Parse("refs/heads/main");
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Target => _directory.File("clone");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(500)]
    public async Task A_shallow_clone_has_the_commits_that_gits_has(int depth)
    {
        using GitRepository git = new(seed: 31, commits: 120);
        FakeRemote remote = new(git);
        using Clone clone = await ShallowClone.CreateAsync(remote, Target, depth, null, null, Token);

        GitCommand.Run(_directory.Path, "clone", "-q", "--bare", "--depth", depth.ToString(CultureInfo.InvariantCulture), "file://" + git.Path, "theirs");
        string theirs = System.Text.Encoding.ASCII.GetString(GitCommand.Run(_directory.File("theirs"), "rev-list", "HEAD"));
        Assert.Equal(theirs.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(), Ids(clone).Order());
        Assert.True(clone.History.IsShallow);
        Assert.Single(remote.CommitsQueries);
        Assert.Empty(remote.HistoryQueries);
        Assert.Equal(["refs/heads/main"], clone.Refs.List().Select(r => r.Name.Value));
        Assert.Equal(s_main, clone.Head.Branch);
        for (int position = 0; position < clone.History.Count; position++)
        {
            Assert.Equal(git.Bytes("cat-file", "commit", clone.History.IdAt(position).ToString()), clone.History.Read(position).Body.ToArray());
        }

        Assert.Empty(new CloneVerifier(clone.Paths).CheckHistory(null, Token).Damages);
        Assert.Empty(new CloneVerifier(clone.Paths).CheckRefs().Damages);
    }

    [Fact]
    public async Task A_tag_or_a_commit_can_be_cloned_alone()
    {
        using GitRepository git = new(seed: 31, commits: 120);
        FakeRemote remote = new(git);
        using (Clone tagged = await ShallowClone.CreateAsync(remote, Target, 1, "v1-signed", null, Token))
        {
            Assert.Equal([git.Line("rev-parse", "v1^{commit}")], Ids(tagged));
            Assert.Equal("refs/tags/v1-signed", Assert.Single(tagged.Refs.List()).Name.Value);
        }

        string id = git.Line("rev-parse", "main~3");
        using Clone clone = await ShallowClone.CreateAsync(remote, _directory.File("by-id"), 1, id, null, Token);
        Assert.Equal([id], Ids(clone));
        CloneException e = await Assert.ThrowsAsync<CloneException>(() => ShallowClone.CreateAsync(remote, _directory.File("none"), 1, "nowhere", null, Token));
        Assert.Equal(CloneError.RevisionUnknown, e.Error);
    }

    [Fact]
    public async Task An_empty_repository_can_be_cloned_and_pulled()
    {
        FakeRemote remote = new();
        remote.Refs.DefaultBranch = "refs/heads/main";
        using Clone clone = await ShallowClone.CreateAsync(remote, Target, 1, null, null, Token);
        Assert.Equal(0, clone.History.Count);
        FakeRemote filled = CloneTests.Line(3);
        Assert.Equal(3, (await clone.PullAsync(filled, null, Token)).NewCommits);
        Assert.Equal(Ids(filled), Ids(clone));
    }

    [Fact]
    public async Task A_pull_brings_what_is_new_and_nothing_older()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(CloneTests.Beginning(whole, 20), Target, 2, null, null, Token);
        PullResult result = await clone.PullAsync(CloneTests.Beginning(whole, 30), null, Token);
        Assert.Equal(10, result.NewCommits);
        RefMove move = Assert.Single(result.Moves);
        Assert.Equal((s_main, Ids(whole)[19], Ids(whole)[29]), (move.Name, move.Old.ToString(), move.New.ToString()));
        Assert.Equal(Ids(whole)[18..30], Ids(clone));
        Assert.True((await clone.PullAsync(CloneTests.Beginning(whole, 30), null, Token)).IsUpToDate);

        // Only the last ones, as a machine wants it that is used again.
        Assert.Equal(2, (await ShallowClone.PullAsync(clone, whole, 2, null, Token)).NewCommits);
        Assert.Equal(Ids(whole)[38..], Ids(clone));
        using Clone again = Clone.Open(Target);
        Assert.Equal(Ids(whole)[38..], Ids(again));
    }

    [Fact]
    public async Task A_pull_keeps_what_something_names()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(CloneTests.Beginning(whole, 20), Target, 1, null, null, Token);
        ObjectId head = clone.Refs.Find(s_main)!.Value.Target;
        using (CloneLock.Take(clone.Paths))
        {
            clone.SetHead(new HeadState(s_main, head));
        }

        await ShallowClone.PullAsync(clone, whole, 1, null, Token);
        Assert.Equal([head.ToString(), Ids(whole)[39]], Ids(clone));
        Assert.Null(BranchDivergence.Of(clone));
        Assert.True(await ShallowClone.DeepenAsync(clone, whole, 25, null, Token) > 20);
        Assert.Equal(new BranchDivergence(s_main, 0, 20), BranchDivergence.Of(clone));
    }

    [Fact]
    public async Task A_clone_can_be_deepened_beyond_its_root()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(whole, Target, 1, null, null, Token);
        Assert.Equal(5, await ShallowClone.DeepenAsync(clone, whole, 5, null, Token));
        Assert.Equal(Ids(whole)[34..], Ids(clone));
        Assert.Equal(34, await ShallowClone.DeepenAsync(clone, whole, 1000, null, Token));
        Assert.Equal(0, await ShallowClone.DeepenAsync(clone, whole, 1, null, Token));
        Assert.Equal(Ids(whole), Ids(clone));
        Assert.Equal(40, CommitWalk.Log(clone.History, [39]).Count());
        Assert.Equal(3, whole.CommitsQueries.Count);
    }

    [Fact]
    public async Task The_whole_history_comes_later_and_is_gone_on_with_when_it_is_cut()
    {
        using GitRepository git = new(seed: 31, commits: 120);
        FakeRemote remote = new(git);
        using Clone clone = await ShallowClone.CreateAsync(remote, Target, 3, null, null, Token);
        ObjectId head = clone.Refs.Find(s_main)!.Value.Target;
        remote.CutAfterParts.Enqueue(4);
        remote.CutAfterParts.Enqueue(0);
        remote.CutAfterParts.Enqueue(0);
        remote.CutAfterParts.Enqueue(0);
        await Assert.ThrowsAsync<RemoteException>(() => ShallowClone.UnshallowAsync(clone, remote, null, Token));

        // As it was: what came lies beside it.
        using (Clone between = Clone.Open(Target))
        {
            Assert.True(between.History.IsShallow);
            Assert.Equal(Ids(clone), Ids(between));
        }

        remote.HistoryQueries.Clear();
        PullResult result = await ShallowClone.UnshallowAsync(clone, remote, null, Token);
        Assert.Equal(20, Assert.Single(remote.AskedPositions));
        Assert.False(clone.History.IsShallow);
        Assert.Equal(remote.Commits.Count, clone.History.Count);
        Assert.Contains(result.Moves, m => m.Name.Value == "refs/tags/v1");
        Assert.Equal(remote.Refs.Refs.Select(r => r.Name), clone.Refs.List().Select(r => r.Name.Value));
        Assert.False(File.Exists(clone.Paths.Shallow));
        Assert.Equal(head, clone.Refs.Find(s_main)!.Value.Target);
        Assert.True((await clone.PullAsync(remote, null, Token)).IsUpToDate);
        CloneException e = await Assert.ThrowsAsync<CloneException>(() => ShallowClone.UnshallowAsync(clone, remote, null, Token));
        Assert.Equal(CloneError.NotShallow, e.Error);
    }

    [Fact]
    public async Task A_revision_that_is_not_here_is_fetched_alone_and_a_branch_is_followed()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(whole, Target, 1, null, null, Token);
        string old = Ids(whole)[7];
        Assert.True(await ShallowClone.FetchAsync(clone, whole, old, Token));
        Assert.Equal([old, Ids(whole)[39]], Ids(clone));
        Assert.False(await ShallowClone.FetchAsync(clone, whole, new string('1', 40), Token));
        Assert.False(await ShallowClone.FetchAsync(clone, whole, "other", Token));

        whole.Refs.Refs.Add(new Ref { Name = "refs/heads/other", Target = ByteString.CopyFrom(ObjectId.Parse(Ids(whole)[20]).AsSpan()) });
        Assert.True(await ShallowClone.FetchAsync(clone, whole, "other", Token));
        Assert.Equal(["refs/heads/main", "refs/heads/other"], clone.Refs.List().Select(r => r.Name.Value));

        // Nothing names the commit that was fetched by its id.
        Assert.Equal([Ids(whole)[20], Ids(whole)[39]], Ids(clone));
    }

    [Theory]
    [InlineData("a commit that was not asked for")]
    [InlineData("a changed commit")]
    [InlineData("a place that it can't have")]
    [InlineData("a parent too many")]
    [InlineData("one left out")]
    [InlineData("one twice")]
    public async Task A_lying_server_is_not_believed(string lie)
    {
        FakeRemote remote = CloneTests.Line(40);
        int sent = 0;
        remote.OnSendCommit = commit =>
        {
            if (sent++ != 1)
            {
                return commit;
            }

            switch (lie)
            {
                case "a commit that was not asked for":
                    commit.Body = ByteString.CopyFrom(remote.Commits[3]);
                    break;
                case "a changed commit":
                    byte[] changed = commit.Body.ToByteArray();
                    changed[^2] ^= 1;
                    commit.Body = ByteString.CopyFrom(changed);
                    break;
                case "a place that it can't have":
                    commit.Parents[0] = commit.Position;
                    break;
                case "a parent too many":
                    commit.Parents.Add(0);
                    break;
                case "one left out":
                    return null;
                default:
                    commit.Body = ByteString.CopyFrom(remote.Commits[39]);
                    break;
            }

            return commit;
        };
        await Assert.ThrowsAsync<CorruptHistoryException>(() => ShallowClone.CreateAsync(remote, Target, 3, null, null, Token));
        Assert.Equal(CloneError.Incomplete, Assert.Throws<CloneException>(() => Clone.Open(Target)).Error);

        // The same directory serves for the next try.
        remote.OnSendCommit = static commit => commit;
        using Clone clone = await ShallowClone.CreateAsync(remote, Target, 3, null, null, Token);
        Assert.Equal(Ids(remote)[37..], Ids(clone));
    }

    [Fact]
    public async Task A_cut_answer_changes_nothing()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(whole, Target, 1, null, null, Token);
        byte[] before = File.ReadAllBytes(clone.Paths.Shallow);
        whole.CutAfterParts.Enqueue(3);
        await Assert.ThrowsAsync<RemoteException>(() => ShallowClone.DeepenAsync(clone, whole, 10, null, Token));
        Assert.Equal(before, File.ReadAllBytes(clone.Paths.Shallow));
        Assert.Equal([Ids(whole)[39]], Ids(clone));
    }

    [Fact]
    public async Task Another_history_under_the_same_name_is_refused()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(whole, Target, 1, null, null, Token);
        whole.Epoch++;
        foreach (Func<Task> pull in (Func<Task>[])[() => clone.PullAsync(whole, null, Token), () => ShallowClone.DeepenAsync(clone, whole, 1, null, Token), () => ShallowClone.UnshallowAsync(clone, whole, null, Token)])
        {
            Assert.Equal(CloneError.HistoryRebuilt, (await Assert.ThrowsAsync<CloneException>(pull)).Error);
        }
    }

    [Fact]
    public async Task Every_byte_of_the_file_is_checked_and_a_lost_file_is_mended_by_a_pull()
    {
        FakeRemote whole = CloneTests.Line(40);
        using Clone clone = await ShallowClone.CreateAsync(whole, Target, 2, null, null, Token);
        byte[] file = File.ReadAllBytes(clone.Paths.Shallow);
        for (int at = 0; at < file.Length; at++)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0x40;
            File.WriteAllBytes(clone.Paths.Shallow, damaged);
            Assert.Throws<CorruptHistoryException>(() => Clone.Open(Target));
            File.WriteAllBytes(clone.Paths.Shallow, file[..at]);
            Assert.Throws<CorruptHistoryException>(() => Clone.Open(Target));
        }

        Assert.NotEmpty(new CloneVerifier(clone.Paths).CheckHistory(null, Token).Damages);
        File.Delete(clone.Paths.Shallow);
        using Clone mended = Clone.Open(Target);
        await mended.PullAsync(whole, null, Token);
        Assert.Equal(Ids(whole), Ids(mended));
        Assert.Empty(new CloneVerifier(clone.Paths).CheckRefs().Damages);
    }

    private static List<string> Ids(Clone clone) => [.. Enumerable.Range(0, clone.History.Count).Select(p => clone.History.IdAt(p).ToString())];

    private static string[] Ids(FakeRemote remote) => [.. remote.Commits.Select(c => ObjectHasher.Hash(ObjectKind.Commit, c).ToString())];
}
