using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Merging;
using Monorepo.Workspace.Trees;
using Monorepo.Workspace.Unfinished;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tests.Unfinished;

public sealed class OperationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Edits_of_files_that_a_merge_touches_refuse_it_and_nothing_is_changed()
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 1, files: 3));
        File.WriteAllText(clone.OurFile("new0"), "mine\n");
        File.WriteAllText(clone.OurFile("clash0"), "mine too\n");
        List<string> before = Snapshot.Take(clone.Top);
        int objects = clone.Clone.Local.Commits.Count;
        OperationResult result = await clone.MergeAsync("topic");
        Assert.Equal(OperationOutcome.Refused, result.Outcome);
        Assert.Equal(["clash0", "new0"], result.Checkout!.Conflicts.Select(static c => Encoding.UTF8.GetString(c.Path)));
        Assert.Equal(before, Snapshot.Take(clone.Top));
        Assert.Equal(objects, clone.Clone.Local.Commits.Count);
        Assert.Null(clone.WorkingCopy.Unfinished.Load());
    }

    [Fact]
    public async Task Other_edits_are_carried_along()
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 0, files: 3));
        File.WriteAllText(clone.OurFile("still"), "mine\n");
        Assert.Equal(OperationOutcome.Done, (await clone.MergeAsync("topic")).Outcome);
        Assert.Equal("mine\n", File.ReadAllText(clone.OurFile("still")));
        Assert.Equal("new\n", File.ReadAllText(clone.OurFile("new1")));
    }

    [Fact]
    public async Task What_would_mix_with_it_is_refused()
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 2, files: 1));
        Assert.Equal(OperationOutcome.Stopped, (await clone.MergeAsync("topic")).Outcome);
        async Task RefusedAsync(Func<Task> action) => Assert.Equal(CloneError.Unfinished, (await Assert.ThrowsAsync<CloneException>(action)).Error);
        await RefusedAsync(() => clone.MergeAsync("topic"));
        await RefusedAsync(() => clone.Runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token));
        await RefusedAsync(() => clone.WorkingCopy.CheckoutAsync(clone.Objects, clone.Trees.TreeOf("topic"), new HeadState(null, clone.CommitOf("topic")), force: true, null, Token));
        await RefusedAsync(() => clone.WorkingCopy.CommitAsync(clone.Objects, Commits.CommittingClone.Request("no"), null, Token));
        Assert.Equal(OperationOutcome.ConflictsOpen, (await clone.Resumption.ContinueAsync(OperationKind.Merge, null, Token)).Outcome);
        Assert.Equal(OperationOutcome.NothingUnfinished, (await clone.Resumption.AbortAsync(OperationKind.Rebase, Token)).Outcome);
    }

    [Theory]
    [InlineData(ResolvedBy.Ours, "ours 1\n")]
    [InlineData(ResolvedBy.Theirs, "theirs 1\n")]
    public async Task A_side_resolves_a_conflict(ResolvedBy by, string expected)
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 2, files: 1));
        await clone.MergeAsync("topic");
        ConflictResolution resolution = new(clone.Clone, clone.WorkingCopy, clone.Objects);
        ResolutionResult? result = await resolution.ResolveAsync(["clash1"u8.ToArray()], by, Token);
        Assert.Equal(1, result!.OpenCount);
        Assert.Equal(expected, File.ReadAllText(clone.OurFile("clash1")));
        Assert.Equal("still"u8.ToArray(), (await resolution.ResolveAsync(["still"u8.ToArray()], by, Token))!.Unknown);
        result = await resolution.ResolveAsync([[]], ResolvedBy.WorkingCopy, Token);
        Assert.Equal(["clash0"], result!.WithMarkers.Select(static p => Encoding.UTF8.GetString(p)));
        Assert.Equal(OperationOutcome.Done, (await clone.Resumption.ContinueAsync(OperationKind.Merge, "mine\n"u8.ToArray(), Token)).Outcome);
        Assert.True(clone.Clone.History.TryFind(clone.Clone.Head.Commit!.Value, out CommitNode node));
        Commit merge = clone.Clone.History.Read(node.Position);
        Assert.Equal([clone.CommitOf("main"), clone.CommitOf("topic")], merge.Parents);
        Assert.Equal("mine\n", Encoding.UTF8.GetString(merge.Message.Span));
        await clone.AssertCleanAsync("resolved");
    }

    [Fact]
    public async Task Contents_of_a_merge_come_in_one_batch()
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 60, files: 20));
        clone.Remote.BlobRequests.Clear();
        await clone.MergeAsync("topic");

        // Trees are three roots; contents to be merged, then what the checkout writes beside them.
        ObjectId[][] contents = [.. clone.Remote.BlobRequests.Where(r => r.Any(id => clone.Trees.Objects.Objects.First(o => o.Id == id).Kind == ObjectKind.Blob))];
        Assert.InRange(contents.Length, 1, 2);
        Assert.InRange(clone.Remote.BlobRequests.Count + clone.Remote.TreeQueries.Count, 1, 6);
    }

    [Fact]
    public async Task Twenty_commits_are_rebased_with_one_move_of_the_working_copy()
    {
        BranchedTrees trees = new();
        TreeModel root = new() { ["a"] = ("100644", "a\n") };
        int fork = trees.Commit("main", root);
        trees.Commit("topic", new TreeModel(root) { ["theirs"] = ("100644", "theirs\n") }, fork);
        TreeModel ours = root;
        int tip = fork;
        for (int i = 0; i < 20; i++)
            tip = trees.Commit("main", ours = new TreeModel(ours) { ["a"] = ("100644", $"a {i}\n") }, tip);
        trees.Write();
        using MergingClone clone = await MergingClone.CreateAsync(trees);
        List<CheckoutProgress> writes = [];
        OperationRunner runner = new(clone.Clone, clone.WorkingCopy, clone.Objects, MergingClone.Author, new Progress(writes));
        OperationResult result = await runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token);
        Assert.Equal((OperationOutcome.Done, 20), (result.Outcome, result.Commits));
        Assert.Equal(1, Assert.Single(writes).FilesTotal);
        Assert.Equal(20, clone.Clone.Local.Commits.Count);
    }

    [Fact]
    public async Task A_copy_that_is_there_already_is_dropped()
    {
        BranchedTrees trees = new();
        TreeModel root = new() { ["a"] = ("100644", "a\n"), ["b"] = ("100644", "b\n") };
        int fork = trees.Commit("main", root);
        TreeModel first = new(root) { ["a"] = ("100644", "changed\n") };
        int picked = trees.Commit("main", first, fork);
        trees.Commit("main", new TreeModel(first) { ["b"] = ("100644", "ours\n") }, picked);

        // Changed again after the copy, so that applying it would clash.
        int copy = trees.Copy("topic", new TreeModel(first) { ["c"] = ("100644", "c\n") }, picked, trees.Commit("topic", new TreeModel(root) { ["c"] = ("100644", "c\n") }, fork));
        trees.Commit("topic", new TreeModel(root) { ["a"] = ("100644", "again\n"), ["c"] = ("100644", "c\n") }, copy);
        trees.Write();
        using MergingClone clone = await MergingClone.CreateAsync(trees);
        OperationResult result = await clone.Runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token);
        Assert.Equal((OperationOutcome.Done, 1), (result.Outcome, result.Commits));
        clone.Git("rebase", "-q", "topic");
        clone.AssertSame("copied");
    }

    [Fact]
    public async Task A_change_that_is_there_already_is_dropped()
    {
        BranchedTrees trees = new();
        TreeModel root = new() { ["a"] = ("100644", "a\n"), ["b"] = ("100644", "b\n") };
        int fork = trees.Commit("main", root);
        TreeModel first = new(root) { ["a"] = ("100644", "changed\n") };
        trees.Commit("main", new TreeModel(first) { ["b"] = ("100644", "ours\n") }, trees.Commit("main", first, fork));
        trees.Commit("topic", new TreeModel(first) { ["c"] = ("100644", "c\n") }, fork);
        trees.Write();
        using MergingClone clone = await MergingClone.CreateAsync(trees);
        OperationResult result = await clone.Runner.RebaseAsync(clone.CommitOf("topic"), clone.CommitOf("topic"), Token);
        Assert.Equal((OperationOutcome.Done, 1), (result.Outcome, result.Commits));
        Assert.Contains(result.Notes, static n => n.StartsWith("dropping", StringComparison.Ordinal));
        clone.Git("rebase", "-q", "topic");
        clone.AssertSame("dropped");
    }

    [Fact]
    public void A_state_is_read_as_it_was_written_and_damage_is_seen()
    {
        using TempDirectory directory = new();
        TreeSide side = new(FileMode.Executable, ObjectId.Parse(new string('a', 40)));
        HeadState head = new(RefName.Parse("refs/heads/main"), ObjectId.Parse(new string('b', 40)));
        UnfinishedOperation state = new()
        {
            Kind = OperationKind.CherryPick,
            Original = head,
            Head = head with { Branch = null },
            Tree = side.Id,
            Snapshot = side.Id,
            Current = side.Id,
            Todo = [side.Id, head.Commit!.Value],
            Message = [0xFF, (byte)'\n', 0],
            RecordsOrigin = true,
            Conflicts = [new OpenConflict(new MergeConflict([0xFE, (byte)' ', (byte)'\n'], default, side, side), true)],
        };
        OperationFiles files = new(directory.Path);
        files.Save(state);
        UnfinishedOperation read = files.Load()!;
        Assert.Equal((state.Kind, state.Original, state.Head, state.Tree, state.Snapshot, state.Current), (read.Kind, read.Original, read.Head, read.Tree, read.Snapshot, read.Current));
        Assert.Equal(state.Todo, read.Todo);
        Assert.Equal(state.Message, read.Message);
        OpenConflict conflict = Assert.Single(read.Conflicts);
        Assert.Equal([0xFE, (byte)' ', (byte)'\n'], conflict.Conflict.Path);
        Assert.Equal((true, side, "AA"), (conflict.IsResolved, conflict.Conflict.Theirs, conflict.Conflict.Letters));

        string path = directory.File(OperationFiles.FileName);
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<CorruptHistoryException>(() => files.Load());
        }
    }

    [Fact]
    public async Task What_a_renamed_directory_leaves_undecided_stops_a_merge_that_has_no_conflict()
    {
        using MergingClone clone = await MergingClone.CreateAsync(RenamedDirectory("moved/new"));
        OperationResult result = await clone.MergeAsync("topic");
        Assert.Equal(OperationOutcome.Stopped, result.Outcome);
        Assert.Empty(result.Conflicts);
        Assert.StartsWith("CONFLICT (implicit dir rename)", Assert.Single(result.Notes), StringComparison.Ordinal);
        Assert.Equal(OperationOutcome.Done, (await clone.Resumption.AbortAsync(OperationKind.Merge, Token)).Outcome);
        Assert.Equal(clone.CommitOf("main"), clone.Clone.Head.Commit);
        await clone.MergeAsync("topic");
        Assert.Equal(1, clone.TryGit("merge", "topic"));
        clone.Git("merge", "--continue");
        Assert.Equal(OperationOutcome.Done, (await clone.Resumption.ContinueAsync(OperationKind.Merge, null, Token)).Outcome);
        clone.AssertSame("continued");
        await clone.AssertCleanAsync("continued");
    }

    [Theory]
    [InlineData("conflict", OperationOutcome.Stopped, "moved/new")]
    [InlineData("true", OperationOutcome.Done, "moved/new")]
    [InlineData("false", OperationOutcome.Done, "folder/new")]
    public async Task A_file_follows_its_renamed_directory_as_the_user_said(string value, OperationOutcome outcome, string place)
    {
        using MergingClone clone = await MergingClone.CreateAsync(RenamedDirectory("other"));
        ConfigFile.Change(clone.Clone.Paths.Config, ConfigKeys.MergeDirectoryRenames, value);
        clone.Reopen();
        OperationResult result = await clone.MergeAsync("topic");
        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(outcome == OperationOutcome.Stopped ? [$"UA {place}"] : [], clone.OurConflicts());
        Assert.Equal("new\n", File.ReadAllText(clone.OurFile(place)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_conflict_outside_the_sparse_profile_is_brought_in(bool isAborted)
    {
        using MergingClone clone = await MergingClone.CreateAsync(Fork(clashes: 2, files: 1));
        await clone.WorkingCopy.ChangeSparseAsync(clone.Objects, static s => s.Add(isInclude: true, ["still", "clash0"]), force: false, null, Token);
        Assert.False(File.Exists(clone.OurFile("clash1")));
        OperationResult result = await clone.MergeAsync("topic");
        Assert.Equal(["clash0", "clash1"], result.Conflicts.Select(static c => Encoding.UTF8.GetString(c.Path)));
        Assert.Single(result.Notes, static n => n.StartsWith("clash1 is outside the sparse profile", StringComparison.Ordinal));
        Assert.StartsWith("<<<<<<< HEAD\nours 1\n", File.ReadAllText(clone.OurFile("clash1")), StringComparison.Ordinal);
        Assert.False(File.Exists(clone.OurFile("new0")));
        if (isAborted)
        {
            Assert.Equal(OperationOutcome.Done, (await clone.Resumption.AbortAsync(OperationKind.Merge, Token)).Outcome);
            Assert.Equal("ours 1\n", File.ReadAllText(clone.OurFile("clash1")));
            await clone.AssertCleanAsync("aborted");
            return;
        }

        File.WriteAllText(clone.OurFile("clash1"), "both\n");
        ConflictResolution resolution = new(clone.Clone, clone.WorkingCopy, clone.Objects);
        await resolution.ResolveAsync(["clash0"u8.ToArray()], ResolvedBy.Theirs, Token);
        await resolution.ResolveAsync(["clash1"u8.ToArray()], ResolvedBy.WorkingCopy, Token);
        Assert.Equal(OperationOutcome.Done, (await clone.Resumption.ContinueAsync(OperationKind.Merge, null, Token)).Outcome);
        await clone.WorkingCopy.ChangeSparseAsync(clone.Objects, static s => s.Add(isInclude: false, ["clash1"]), force: false, null, Token);
        Assert.False(File.Exists(clone.OurFile("clash1")));
        await clone.WorkingCopy.ChangeSparseAsync(clone.Objects, static _ => SparseSettings.None, force: false, null, Token);
        Assert.Equal(("theirs 0\n", "both\n", "new\n"), (File.ReadAllText(clone.OurFile("clash0")), File.ReadAllText(clone.OurFile("clash1")), File.ReadAllText(clone.OurFile("new0"))));
        await clone.AssertCleanAsync("resolved");
    }

    // Main renames a folder; topic adds a file to it, and another one.
    private static BranchedTrees RenamedDirectory(string another)
    {
        BranchedTrees trees = new();
        int fork = trees.Commit("main", new TreeModel { ["folder/a"] = ("100644", "a\n"), ["folder/b"] = ("100644", "b\n") });
        trees.Commit("topic", new TreeModel { ["folder/a"] = ("100644", "a\n"), ["folder/b"] = ("100644", "b\n"), ["folder/new"] = ("100644", "new\n"), [another] = ("100644", "another\n") }, fork);
        trees.Commit("main", new TreeModel { ["moved/a"] = ("100644", "a\n"), ["moved/b"] = ("100644", "b\n") }, fork);
        trees.Write();
        return trees;
    }

    // Main and topic change the same line of some files; topic adds others.
    private static BranchedTrees Fork(int clashes, int files)
    {
        BranchedTrees trees = new();
        TreeModel root = new() { ["still"] = ("100644", "still\n") };
        TreeModel ours = new();
        TreeModel theirs = new();
        foreach (int i in Enumerable.Range(0, clashes))
            root[string.Create(CultureInfo.InvariantCulture, $"clash{i}")] = ("100644", string.Create(CultureInfo.InvariantCulture, $"was {i}\n"));
        ours = new(root);
        theirs = new(root);
        foreach (int i in Enumerable.Range(0, clashes))
        {
            ours[string.Create(CultureInfo.InvariantCulture, $"clash{i}")] = ("100644", string.Create(CultureInfo.InvariantCulture, $"ours {i}\n"));
            theirs[string.Create(CultureInfo.InvariantCulture, $"clash{i}")] = ("100644", string.Create(CultureInfo.InvariantCulture, $"theirs {i}\n"));
        }

        foreach (int i in Enumerable.Range(0, files))
            theirs[string.Create(CultureInfo.InvariantCulture, $"new{i}")] = ("100644", "new\n");
        ours["ours"] = ("100644", "ours\n");
        int fork = trees.Commit("main", root);
        trees.Commit("topic", theirs, fork);
        trees.Commit("main", ours, fork);
        trees.Write();
        return trees;
    }

    private sealed class Progress(List<CheckoutProgress> to) : IProgress<CheckoutProgress>
    {
        public void Report(CheckoutProgress value) => to.Add(value);
    }
}
