using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tests.Operations;

namespace Monorepo.Workspace.Tests.Stashing;

public sealed class StashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stash_is_gits_to_the_byte()
    {
        using CommittingClone clone = await EditedAsync();
        string files = ClonedState.Of(clone).Files;
        clone.Git("stash", "push", "-q", "--include-untracked");
        string stash = clone.Git("rev-parse", "stash@{0}");
        clone.Git("stash", "pop", "-q", "--index");
        Assert.Equal(files, ClonedState.Of(clone).Files);
        StashResult result = await clone.StashAsync(untracked: true);
        Assert.Equal(StashOutcome.Done, result.Outcome);
        Export(clone);
        Assert.Equal(clone.Git("cat-file", "-p", stash), clone.Git("cat-file", "-p", result.Stash!.Commit.ToString()));
        Assert.Equal(stash, result.Stash.Commit.ToString());
    }

    [Fact]
    public async Task Git_takes_a_stash_of_ours_and_finds_no_fault_with_what_is_kept()
    {
        using CommittingClone clone = await EditedAsync();
        string files = ClonedState.Of(clone).Files;
        StashResult result = await clone.StashAsync(untracked: true);
        Assert.Empty(await clone.StatusAsync());
        Export(clone);
        clone.Git("fsck", "--strict", "--no-dangling");
        clone.Git("read-tree", "HEAD");
        clone.Git("stash", "store", result.Stash!.Commit.ToString());
        clone.Git("stash", "pop", "-q");
        Assert.Equal(files, ClonedState.Of(clone).Files);
    }

    [Fact]
    public async Task Popped_edits_are_the_files_as_they_were_and_the_stash_is_gone()
    {
        using CommittingClone clone = await EditedAsync();
        ClonedState before = ClonedState.Of(clone);
        List<string> status = await clone.StatusAsync();
        await clone.StashAsync(untracked: true);
        ClonedState stashed = ClonedState.Of(clone);
        Assert.Empty(await clone.StatusAsync());
        Assert.Equal(StashOutcome.Done, (await clone.PopAsync()).Outcome);
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(status, await clone.StatusAsync());
        Assert.Equal(StashOutcome.NoSuchStash, (await clone.PopAsync()).Outcome);

        await clone.UndoAsync();
        Assert.Equal(stashed, ClonedState.Of(clone));
        await clone.UndoAsync();
        Assert.Equal(before, ClonedState.Of(clone));
        await clone.RedoAsync();
        Assert.Equal(stashed, ClonedState.Of(clone));
    }

    [Fact]
    public async Task Untracked_files_and_paths_that_are_not_named_stay()
    {
        using CommittingClone clone = await EditedAsync();
        Assert.Equal(StashOutcome.Done, (await clone.StashAsync(untracked: false, "dir"u8.ToArray())).Outcome);
        Assert.Equal(["Modified edited", "Deleted gone", "Untracked loose/"], await clone.StatusAsync());
        Assert.Equal(StashOutcome.Done, (await clone.StashAsync()).Outcome);
        Assert.Equal(["Untracked loose/"], await clone.StatusAsync());
        Assert.Equal(StashOutcome.NothingChanged, (await clone.StashAsync()).Outcome);
        using (LocalStore kept = LocalStore.Open(clone.Clone.Paths.Kept))
        {
            Assert.Equal([1, 0], StashList.Read(kept).Select(s => s.Sequence));
        }

        await clone.PopAsync(index: 1);
        Assert.Equal(["Modified dir/edited", "Untracked loose/"], await clone.StatusAsync());
    }

    [Fact]
    public async Task A_stash_is_merged_with_commits_that_changed_other_lines_of_its_files()
    {
        using CommittingClone clone = await EditedAsync();
        clone.Write("dir/edited", "1\n2\n3\n4\n5\n6\n7\n");
        await clone.CommitAsync("lines");
        clone.Write("dir/edited", "1\n2\n3\n4\n5\n6\nstashed\n");
        await clone.StashAsync();
        clone.Write("dir/edited", "committed\n2\n3\n4\n5\n6\n7\n");
        await clone.CommitAsync("first line");
        ClonedState before = ClonedState.Of(clone);
        Assert.Equal(StashOutcome.Done, (await clone.PopAsync()).Outcome);
        Assert.Equal("committed\n2\n3\n4\n5\n6\nstashed\n", clone.Read("dir/edited"));
        Assert.Contains("Modified dir/edited", await clone.StatusAsync());
        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(before, ClonedState.Of(clone));
    }

    [Fact]
    public async Task A_stash_comes_back_on_another_commit_where_its_files_are_as_they_were()
    {
        using CommittingClone clone = await EditedAsync();
        await clone.StashAsync();
        clone.Write("another", "text");
        await clone.CommitAsync("another", ["another"u8.ToArray()]);
        Assert.Equal(StashOutcome.Done, (await clone.PopAsync(drops: false)).Outcome);
        Assert.Equal(["Modified dir/edited", "Modified edited", "Deleted gone", "Untracked loose/"], await clone.StatusAsync());
        string edited = clone.Read("edited");
        clone.Write("edited", "my own");
        Assert.Equal(StashOutcome.InTheWay, (await clone.PopAsync()).Outcome);
        Assert.Equal("my own", clone.Read("edited"));
        clone.Write("edited", edited);
        await clone.CommitAsync("take");
        ClonedState before = ClonedState.Of(clone);
        clone.Write("edited", "something else");
        await clone.CommitAsync("else");
        StashResult refused = await clone.PopAsync();
        Assert.Equal(StashOutcome.NeedsMerge, refused.Outcome);
        Assert.Equal(["edited"], refused.Paths!.Select(Encoding.UTF8.GetString));
        await clone.UndoAsync();
        clone.Write("edited", before.Refs);
        Assert.Equal(StashOutcome.Done, (await clone.PopAsync()).Outcome);
        Assert.Equal(before.Refs, clone.Read("edited"));
    }

    [Fact]
    public async Task Dropped_stashes_come_back_with_undo()
    {
        using CommittingClone clone = await EditedAsync();
        await clone.StashAsync(untracked: false, "dir"u8.ToArray());
        await clone.StashAsync();
        ClonedState before = ClonedState.Of(clone);
        Assert.Equal(2, (await clone.Stasher().DropAsync(null, Token)).Count);
        Assert.Empty(await clone.Stasher().DropAsync(0, Token));
        Assert.NotEqual(before, ClonedState.Of(clone));
        await clone.UndoAsync();
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(StashOutcome.Done, (await clone.PopAsync()).Outcome);
    }

    [Fact]
    public async Task A_stash_is_no_part_of_the_history_and_its_base_outlives_a_landing()
    {
        using CommittingClone clone = await EditedAsync();
        ObjectId from = clone.Clone.Head.Commit!.Value;
        StashResult stash = await clone.StashAsync();
        clone.Clone.Refresh();
        Assert.False(clone.Clone.History.Contains(stash.Stash!.Commit));
        Assert.DoesNotContain(clone.Clone.VisibleRefs().List(), r => r.Name.Value.Contains("stash", StringComparison.Ordinal));
        Assert.Equal([from], clone.Clone.Local.Commits);
        await clone.CheckoutAsync(new HeadState(null, clone.Clone.History.GetNode(0).Id));
        using (CloneLock.Take(clone.Clone.Paths))
        {
            clone.Clone.Refresh();
            clone.Clone.DropLanded([CommittingClone.Main], new HashSet<ObjectId> { from }, _ => { });
        }

        Assert.Equal([from], clone.Clone.Local.Commits);
        Assert.Empty(clone.Clone.Local.Refs);
    }

    // A commit with files of its own, edited in every way.
    private static async Task<CommittingClone> EditedAsync()
    {
        CommittingClone clone = await UndoTests.CloneAsync();
        foreach (string path in (string[])["edited", "gone", "dir/edited", "dir/same"])
        {
            clone.Write(path, "committed");
        }

        clone.Git("add", "edited", "gone", "dir");
        clone.Git("commit", "-q", "-m", "files\n\nand why");
        Assert.Equal(clone.Git("rev-parse", "HEAD"), (await clone.CommitAsync("files\n\nand why", [[]])).Id.ToString());
        clone.Write("edited", "mine");
        clone.Write("dir/edited", "mine too");
        File.Delete(Path.Combine(clone.Top, "gone"));
        clone.Write("loose/file", "nobody's");
        return clone;
    }

    // All that is kept, into git's repository.
    private static void Export(CommittingClone clone)
    {
        using LocalStore kept = LocalStore.Open(clone.Clone.Paths.Kept);
        foreach (ObjectId id in kept.Commits.SelectMany(kept.ObjectsOf).Distinct())
        {
            GitObject item = kept.TryRead(id)!;
            Assert.Equal(id.ToString(), clone.Git(item.Body, "hash-object", "-t", item.Kind.ToName(), "-w", "--stdin"));
        }
    }
}
