using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Unfinished;

namespace Monorepo.Workspace.Tests.Operations;

public sealed class UndoTests
{
    [Fact]
    public async Task An_undone_commit_is_uncommitted_edits_again_and_can_be_redone()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("dir/new", "text");
        clone.Write("more", "text");
        ClonedState before = ClonedState.Of(clone);
        ObjectId first = (await clone.CommitAsync("one", ["dir/new"u8.ToArray()])).Id;
        clone.Write("dir/new", "other text");
        ClonedState between = ClonedState.Of(clone);
        ObjectId second = (await clone.CommitAsync("two")).Id;
        ClonedState after = ClonedState.Of(clone);

        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(between, ClonedState.Of(clone));
        Assert.Equal(["Modified dir/new", "Untracked more"], await clone.StatusAsync());
        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(before with { Files = between.Files }, ClonedState.Of(clone));
        Assert.Equal(["Untracked dir/", "Untracked more"], await clone.StatusAsync());

        Assert.Equal(UndoOutcome.Done, (await clone.RedoAsync()).Outcome);
        Assert.Equal(first, clone.Clone.Head.Commit);
        Assert.Equal(UndoOutcome.Done, (await clone.RedoAsync()).Outcome);
        Assert.Equal(second, clone.Clone.Head.Commit);
        Assert.Equal(after, ClonedState.Of(clone));
        Assert.Equal(["Untracked more"], await clone.StatusAsync());
        Assert.Equal(UndoOutcome.Nothing, (await clone.RedoAsync()).Outcome);
    }

    [Fact]
    public async Task The_commit_after_an_undone_one_is_what_it_would_have_been_without()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("new", "text");
        clone.Git("add", "new");
        clone.Git("commit", "-q", "-m", "right");
        await clone.CommitAsync("wrong", ["new"u8.ToArray()]);
        await clone.UndoAsync();
        Assert.Equal(clone.Git("rev-parse", "HEAD"), (await clone.CommitAsync("right", ["new"u8.ToArray()])).Id.ToString());
        Assert.Empty(await clone.StatusAsync());
        Assert.Equal(UndoOutcome.Nothing, (await clone.RedoAsync()).Outcome);
    }

    [Fact]
    public async Task An_undone_checkout_moves_the_files_back_and_edits_ride_along()
    {
        using CommittingClone clone = await CloneAsync();
        HeadState there = clone.Clone.Head;
        clone.Write("mine", "untracked");
        ClonedState before = ClonedState.Of(clone);
        Assert.True((await clone.CheckoutAsync(new HeadState(null, FirstCommit(clone)))).IsDone);
        ClonedState after = ClonedState.Of(clone);
        Assert.NotEqual(before.Files, after.Files);
        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(there, clone.Clone.Head);
        await clone.RedoAsync();
        Assert.Equal(after, ClonedState.Of(clone));
    }

    [Fact]
    public async Task Edits_in_the_way_refuse_an_undo_and_nothing_changes()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("new", "text");
        await clone.CommitAsync("one", ["new"u8.ToArray()]);
        await clone.CheckoutAsync(new HeadState(null, FirstCommit(clone)));
        clone.Write("new", "mine");
        ClonedState before = ClonedState.Of(clone);
        int operations = clone.Log().Operations.Count;
        UndoResult refused = await clone.UndoAsync();
        Assert.Equal(UndoOutcome.InTheWay, refused.Outcome);
        Assert.Equal(["new"], refused.Checkout!.Conflicts.Select(c => System.Text.Encoding.UTF8.GetString(c.Path)));
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(operations, clone.Log().Operations.Count);
    }

    [Fact]
    public async Task A_forced_checkout_is_undone_with_all_that_it_overwrote()
    {
        using CommittingClone clone = await CloneAsync();
        foreach (string path in (string[])["edited", "gone", "same", "deep/er/file", "exec"])
        {
            clone.Write(path, "committed");
        }

        await clone.CommitAsync("files", [[]]);
        HeadState tip = clone.Clone.Head;
        await clone.CheckoutAsync(new HeadState(null, FirstCommit(clone)));
        clone.Write("edited", "in the way, untracked");
        await clone.CheckoutAsync(tip, force: true);
        Assert.Equal("committed", clone.Read("edited"));
        await clone.UndoAsync();
        Assert.Equal("in the way, untracked", clone.Read("edited"));
        File.Delete(Path.Combine(clone.Top, "edited"));
        await clone.CheckoutAsync(tip);

        clone.Write("edited", "mine");
        File.Delete(Path.Combine(clone.Top, "gone"));
        Directory.Delete(Path.Combine(clone.Top, "deep"), recursive: true);
        clone.Write("deep", "a file in a folder's place");
        ClonedCommands.MakeExecutable(Path.Combine(clone.Top, "exec"));
        clone.Write("untracked", "stays");
        ClonedState before = ClonedState.Of(clone);
        await clone.CheckoutAsync(tip, force: true);
        Assert.Equal(["Untracked untracked"], await clone.StatusAsync());
        Assert.Equal("committed", clone.Read("deep/er/file"));
        ClonedState after = ClonedState.Of(clone);

        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(["Deleted deep/er/file", "Modified edited", "Modified exec", "Deleted gone", "Untracked deep", "Untracked untracked"], await clone.StatusAsync());
        Assert.Equal(UndoOutcome.Done, (await clone.RedoAsync()).Outcome);
        Assert.Equal(after, ClonedState.Of(clone));
        Assert.Equal(["Untracked untracked"], await clone.StatusAsync());
    }

    [Fact]
    public async Task Redoing_a_forced_checkout_refuses_to_overwrite_what_was_edited_since()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("file", "committed");
        await clone.CommitAsync("file", ["file"u8.ToArray()]);
        clone.Write("file", "mine");
        await clone.CheckoutAsync(clone.Clone.Head, force: true);
        await clone.UndoAsync();
        clone.Write("file", "mine, and more");
        Assert.Equal(UndoOutcome.InTheWay, (await clone.RedoAsync()).Outcome);
        Assert.Equal("mine, and more", clone.Read("file"));
        clone.Write("file", "mine");
        Assert.Equal(UndoOutcome.Done, (await clone.RedoAsync()).Outcome);
        Assert.Equal("committed", clone.Read("file"));
    }

    [Fact]
    public async Task What_is_too_large_is_named_and_the_rest_is_kept()
    {
        using CommittingClone clone = await CloneAsync();
        using DiscardedFiles discarded = new(clone.Clone.Paths, "test") { BytesMax = 10 };
        Assert.True(discarded.Keep("a"u8, Core.FileMode.Regular, "12345678"u8));
        Assert.False(discarded.Keep("b"u8, Core.FileMode.Regular, "12345678"u8));
        Assert.True(discarded.Keep("c"u8, Core.FileMode.Executable, "12"u8));
        Assert.True(discarded.Keep("c"u8, Core.FileMode.Executable, ""u8));
        discarded.Promise();
        NotKeptFile large = Assert.Single(discarded.NotKept);
        Assert.Equal(("b", 8L), (System.Text.Encoding.UTF8.GetString(large.Path), large.SizeBytes));
        using LocalStore kept = LocalStore.Open(clone.Clone.Paths.Kept);
        KeptFiles files = KeptFiles.Read(kept, kept.Commits);
        Assert.Equal(["a", "c"], files.Sides.Keys.Select(System.Text.Encoding.UTF8.GetString));
        Assert.Equal("12", System.Text.Encoding.UTF8.GetString(kept.TryRead(files.Sides["c"u8.ToArray()].Id)!.Body.Span));
    }

    [Fact]
    public async Task A_holder_of_the_lock_that_discards_a_file_can_be_undone_without_code_of_its_own()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("tracked", "committed");
        await clone.CommitAsync("file", ["tracked"u8.ToArray()]);
        clone.Write("tracked", "mine");
        clone.Write("loose/file", "mine too");
        using (CloneLock held = CloneLock.Take(clone.Clone.Paths))
        {
            held.Discarded.Keep("tracked"u8, Core.FileMode.Regular, "mine"u8);
            held.Discarded.Keep("loose/file"u8, Core.FileMode.Regular, "mine too"u8);
            held.Discarded.Promise();
            clone.Write("tracked", "committed");
            Directory.Delete(Path.Combine(clone.Top, "loose"), recursive: true);
        }

        await clone.UndoAsync();
        Assert.Equal(("mine", "mine too"), (clone.Read("tracked"), clone.Read("loose/file")));
        await clone.RedoAsync();
        Assert.Equal("committed", clone.Read("tracked"));
        Assert.False(Directory.Exists(Path.Combine(clone.Top, "loose")));
    }

    [Fact]
    public async Task An_older_operation_can_be_undone_as_long_as_nothing_changed_the_same_since()
    {
        using CommittingClone clone = await CloneAsync();
        RefName other = RefName.Parse("refs/heads/other");
        using (CloneLock.Take(clone.Clone.Paths))
        {
            clone.Clone.Local.SetRefs([(other, clone.Clone.Head.Commit)]);
        }

        long branch = clone.Log().LastNumber;
        clone.Write("new", "text");
        await clone.CommitAsync("one", ["new"u8.ToArray()]);
        await clone.CommitAsync("two", allowEmpty: true);
        ClonedState before = ClonedState.Of(clone);
        UndoResult refused = await clone.UndoAsync(branch + 1);
        Assert.Equal((UndoOutcome.ChangedSince, branch + 2), (refused.Outcome, refused.By!.Number));
        Assert.Equal(before, ClonedState.Of(clone));
        Assert.Equal(UndoOutcome.NoSuchOperation, (await clone.UndoAsync(99)).Outcome);
        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync(branch)).Outcome);
        Assert.DoesNotContain(other, clone.Clone.Local.Refs.Keys);
        Assert.Equal(UndoOutcome.AlreadyUndone, (await clone.UndoAsync(branch)).Outcome);
        Assert.Equal(UndoOutcome.AlreadyUndone, (await clone.UndoAsync(clone.Log().LastNumber)).Outcome);
        await clone.RedoAsync();
        Assert.Equal(before, ClonedState.Of(clone));
    }

    [Fact]
    public async Task Unfinished_work_comes_back_and_is_not_undone_itself()
    {
        using CommittingClone clone = await CloneAsync();
        Assert.True(clone.Clone.History.TryFind(clone.Clone.Head.Commit!.Value, out CommitNode node));
        UnfinishedOperation work = new() { Kind = OperationKind.Merge, Original = clone.Clone.Head, Head = clone.Clone.Head, Tree = node.Tree };
        using (CloneLock.Take(clone.Clone.Paths))
        {
            clone.WorkingCopy.Unfinished.Save(work);
        }

        Assert.Equal(CloneError.Unfinished, (await Assert.ThrowsAsync<CloneException>(() => clone.UndoAsync())).Error);
        Assert.Equal(CloneError.Unfinished, (await Assert.ThrowsAsync<CloneException>(() => clone.StashAsync())).Error);
        using (CloneLock.Take(clone.Clone.Paths))
        {
            clone.WorkingCopy.Unfinished.Forget();
        }

        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(work.Head, clone.WorkingCopy.Unfinished.Load()!.Head);
        Assert.Equal(CloneError.Unfinished, (await Assert.ThrowsAsync<CloneException>(() => clone.RedoAsync())).Error);
    }

    [Fact]
    public async Task What_the_server_accepted_can_not_be_undone()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("new", "text");
        await clone.CommitAsync("one", ["new"u8.ToArray()]);
        using (CloneLock held = CloneLock.Take(clone.Clone.Paths))
        {
            held.Publishes();
        }

        Assert.Equal(UndoOutcome.Published, (await clone.UndoAsync()).Outcome);
        clone.Write("new", "other");
        await clone.CommitAsync("two");
        Assert.Equal(UndoOutcome.Done, (await clone.UndoAsync()).Outcome);
        Assert.Equal(UndoOutcome.Published, (await clone.UndoAsync()).Outcome);
    }

    [Fact]
    public async Task The_first_checkout_and_a_status_leave_nothing_to_undo()
    {
        using CommittingClone clone = await CloneAsync();
        Assert.Equal(UndoOutcome.FirstCheckout, (await clone.UndoAsync()).Outcome);
        int operations = clone.Log().Operations.Count;
        await clone.StatusAsync();
        await clone.WorkingCopy.FinishInterruptedAsync(clone.Objects, null, TestContext.Current.CancellationToken);
        Assert.Equal(operations, clone.Log().Operations.Count);
    }

    [Fact]
    public async Task A_change_that_nobody_recorded_is_an_operation_of_its_own()
    {
        using CommittingClone clone = await CloneAsync();
        clone.Write("new", "text");
        ClonedState before = ClonedState.Of(clone);
        byte[] log = File.ReadAllBytes(clone.Clone.Paths.Operations);
        await clone.CommitAsync("one", ["new"u8.ToArray()]);
        File.WriteAllBytes(clone.Clone.Paths.Operations, log);
        clone.Write("new", "more");
        await clone.CommitAsync("two");
        Operation[] last = [.. clone.Log().Operations.TakeLast(2)];
        Assert.Equal([OperationTraits.Interrupted, OperationTraits.None], last.Select(o => o.Traits));
        Assert.True(StateChange.Between(last[0].After, last[1].Before).IsEmpty);
        await clone.UndoAsync();
        await clone.UndoAsync();
        Assert.Equal(before.Refs, ClonedState.Of(clone).Refs);
        Assert.Equal("more", clone.Read("new"));
    }

    [Fact]
    public async Task One_run_of_a_command_is_one_operation_however_often_it_takes_the_lock()
    {
        using CommittingClone clone = await CloneAsync();
        ClonedState before = ClonedState.Of(clone);
        await RunAsync("mr both");
        Operation operation = clone.Log().Operations[^1];
        Assert.Equal("mr both", operation.Command);
        Assert.Equal(before.Refs, ClonedState.Of(clone).Refs == before.Refs ? "" : before.Refs);
        await clone.UndoAsync();
        Assert.Equal(before.Refs, ClonedState.Of(clone).Refs);

        async Task RunAsync(string command)
        {
            OperationCommand.Begin(command);
            clone.Write("new", "1");
            await clone.CommitAsync("one", ["new"u8.ToArray()]);
            clone.Write("new", "2");
            await clone.CommitAsync("two");
        }
    }

    [Fact]
    public async Task A_log_that_is_none_stops_undo_but_no_other_command()
    {
        using CommittingClone clone = await CloneAsync();
        File.WriteAllText(clone.Clone.Paths.Operations, "what is this?");
        clone.Write("new", "text");
        CommitResult result = await clone.CommitAsync("one", ["new"u8.ToArray()]);
        Assert.Equal(CommitOutcome.Done, result.Outcome);
        await Assert.ThrowsAsync<CorruptHistoryException>(() => clone.UndoAsync());
        File.Delete(clone.Clone.Paths.Operations);
        clone.Write("new", "more");
        await clone.CommitAsync("two");
        await clone.UndoAsync();
        Assert.Equal(result.Id, clone.Clone.Head.Commit);
    }

    internal static Task<CommittingClone> CloneAsync() => CommittingClone.CreateAsync(new RandomTrees(new Random(7), commits: 3, filesMax: 30));

    private static ObjectId FirstCommit(CommittingClone clone) => clone.Clone.History.GetNode(0).Id;
}
