using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Cleaning;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Operations;
using Monorepo.Workspace.Stashing;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Tests.Operations;
using Monorepo.Workspace.Tracking;

namespace Monorepo.Workspace.Tests.Tracking;

/// <summary>What <c>add</c>, <c>rm</c>, <c>restore</c>, <c>clean</c> and a checkout do where they meet.</summary>
public sealed class TrackingTests : IDisposable
{
    private CommittingClone _clone = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_added_file_survives_checkouts_that_do_not_touch_it_and_stops_those_that_do()
    {
        await StartAsync();
        ObjectId without = _clone.Clone.Head.Commit!.Value;
        Write("taken", "theirs");
        ObjectId with = (await _clone.CommitAsync("with", [Bytes("taken")])).Id;
        Assert.True((await CheckoutAsync(without)).IsDone);
        Write("taken", "mine");
        Write("free", "mine");
        await AddAsync("taken", "free");
        CheckoutConflict conflict = Assert.Single((await CheckoutAsync(with)).Conflicts);
        Assert.Equal(("taken", CheckoutConflictReason.Modified), (Encoding.UTF8.GetString(conflict.Path), conflict.Reason));
        Assert.Equal(["Added free", "Added taken"], await _clone.StatusAsync());

        Write("taken", "theirs");
        Assert.True((await CheckoutAsync(with)).IsDone);
        Assert.Equal(["Added free"], await _clone.StatusAsync());
        Assert.True((await CheckoutAsync(without)).IsDone);
        Assert.Equal(["Added free"], await _clone.StatusAsync());
    }

    [Fact]
    public async Task A_forced_checkout_forgets_what_was_added_and_removed_and_loses_no_file()
    {
        await StartAsync();
        Write("new", "mine");
        await AddAsync("new");
        await RemoveAsync("kept", cached: true);
        Assert.Equal(["Removed kept", "Added new", "Untracked kept"], await _clone.StatusAsync());
        Assert.True((await CheckoutAsync(_clone.Clone.Head.Commit!.Value, force: true)).IsDone);
        Assert.Equal(["Untracked new"], await _clone.StatusAsync());
        Assert.Equal("mine", File.ReadAllText(At("new")));
    }

    [Fact]
    public async Task A_file_that_is_tracked_no_more_stays_where_a_checkout_drops_its_path()
    {
        await StartAsync();
        ObjectId without = _clone.Clone.Head.Commit!.Value;
        Write("theirs", "content");
        ObjectId with = (await _clone.CommitAsync("with", [Bytes("theirs")])).Id;
        await RemoveAsync("theirs", cached: true);
        Write("theirs", "mine now");
        Assert.True((await CheckoutAsync(without)).IsDone);
        Assert.Equal("mine now", File.ReadAllText(At("theirs")));
        Assert.Equal(["Untracked theirs"], await _clone.StatusAsync());
        Assert.Equal(CheckoutConflictReason.Untracked, Assert.Single((await CheckoutAsync(with)).Conflicts).Reason);
    }

    [Fact]
    public async Task Ignored_paths_are_refused_unless_forced()
    {
        await StartAsync();
        Write(".gitignore", "*.log\nout/\n");
        Write("x.log", "log");
        Write("out/deep/file", "built");
        Assert.Equal(AddOutcome.Ignored, (await AddAsync("x.log")).Outcome);
        Assert.Equal(AddOutcome.Ignored, (await AddAsync("out/deep/file")).Outcome);
        Assert.Equal(AddOutcome.NoSuchPath, (await AddAsync("nowhere")).Outcome);
        AddResult added = await new FileAdder(_clone.Clone, _clone.WorkingCopy).AddAsync(_clone.Objects, [Bytes("x.log"), Bytes("out")], force: true, dryRun: false, Token);
        Assert.Equal(["out/deep/file", "x.log"], added.Paths.Select(Encoding.UTF8.GetString));
        Assert.Equal(["Added out/deep/file", "Added x.log", "Untracked .gitignore"], await _clone.StatusAsync());
    }

    [Fact]
    public async Task The_state_of_the_clone_is_out_of_reach()
    {
        await StartAsync();
        Assert.Equal(AddOutcome.NoSuchPath, (await AddAsync(".mr/config.json")).Outcome);
        await new Cleaner(_clone.WorkingCopy).CleanAsync(_clone.Objects, [Bytes(".mr/local"), Bytes(".mr")], new CleanOptions(CleanedFiles.UntrackedAndIgnored, true, true, false), Token);
        Assert.True(File.Exists(At(".mr/local/journal")));
        MoveResult moved = await new FileMover(_clone.WorkingCopy).MoveAsync(_clone.Objects, [Bytes("kept")], Bytes(".mr/info"), force: false, dryRun: false, Token);
        Assert.Equal(MoveOutcome.NoFolder, moved.Outcome);
    }

    [Fact]
    public async Task Removing_what_no_commit_has_is_refused()
    {
        await StartAsync();
        Write("new", "mine");
        await AddAsync("new");
        Write("kept", "changed");
        Assert.Equal(RemoveOutcome.Modified, (await RemoveAsync("kept")).Outcome);
        Assert.Equal(RemoveOutcome.Added, (await RemoveAsync("new")).Outcome);
        Assert.Equal(RemoveOutcome.NotTracked, (await RemoveAsync("nowhere")).Outcome);
        Assert.Equal("changed", File.ReadAllText(At("kept")));
        Assert.Equal(RemoveOutcome.Done, (await RemoveAsync("new", cached: true)).Outcome);
        Assert.Equal(["Modified kept", "Untracked new"], await _clone.StatusAsync());
    }

    [Fact]
    public async Task Undo_brings_back_what_restore_rm_and_clean_discarded()
    {
        await StartAsync();
        Write("kept", "edited");
        await new FileRestorer(_clone.WorkingCopy).RestoreAsync(_clone.FreshObjects(), null, [Bytes("kept")], null, Token);
        await AssertUndoneAsync("kept", "edited", ["Modified kept"], after: []);
        Write("folder/inside", "edited, too");
        await new FileRemover(_clone.WorkingCopy).RemoveAsync(_clone.FreshObjects(), [Bytes("folder")], new RemoveOptions(true, false, Force: true, false), Token);
        await AssertUndoneAsync("folder/inside", "edited, too", ["Modified folder/inside", "Modified kept"], after: ["Removed folder/inside", "Modified kept"]);
        Write("loose", "untracked");
        Write("deep/folder/loose", "untracked, too");
        await new Cleaner(_clone.WorkingCopy).CleanAsync(_clone.FreshObjects(), [[]], new CleanOptions(CleanedFiles.Untracked, true, false, false), Token);
        Assert.False(File.Exists(At("loose")));
        await AssertUndoneAsync("deep/folder/loose", "untracked, too", ["Modified folder/inside", "Modified kept", "Untracked deep/", "Untracked loose"], after: ["Modified folder/inside", "Modified kept"]);
        Assert.Equal("untracked", File.ReadAllText(At("loose")));
    }

    [Fact]
    public async Task A_deleted_file_that_was_restored_is_gone_again_after_undo()
    {
        await StartAsync();
        File.Delete(At("kept"));
        await new FileRestorer(_clone.WorkingCopy).RestoreAsync(_clone.FreshObjects(), null, [Bytes("kept")], null, Token);
        Assert.True(File.Exists(At("kept")));
        Assert.Equal(UndoOutcome.Done, (await _clone.UndoAsync()).Outcome);
        Assert.Equal(["Deleted kept"], await _clone.StatusAsync());
    }

    [Fact]
    public async Task An_added_file_is_put_aside_and_comes_back_added()
    {
        await StartAsync();
        Write("new", "mine");
        await AddAsync("new");
        Assert.Equal(StashOutcome.Done, (await _clone.StashAsync()).Outcome);
        Assert.Empty(await _clone.StatusAsync());
        Assert.False(File.Exists(At("new")));
        Assert.Equal(StashOutcome.Done, (await _clone.PopAsync()).Outcome);
        Assert.Equal(["Added new"], await _clone.StatusAsync());
        Assert.Equal("mine", File.ReadAllText(At("new")));
    }

    [Fact]
    public async Task An_amended_commit_is_finished_if_the_command_was_cut_before_the_dirstate_followed()
    {
        await StartAsync();
        Write("kept", "first");
        await _clone.CommitAsync("first");
        byte[] dirstate = File.ReadAllBytes(At(".mr/dirstate"));
        Write("kept", "second");
        CommitRequest request = CommittingClone.Request("second");
        CommitResult amended = await _clone.WorkingCopy.CommitAsync(_clone.Objects, request with { Amend = true, Author = null }, null, Token);
        File.WriteAllBytes(At(".mr/dirstate"), dirstate);
        await _clone.WorkingCopy.FinishInterruptedAsync(_clone.Objects, null, Token);
        Assert.Empty(await _clone.StatusAsync());
        using var followed = _clone.WorkingCopy.OpenDirstate();
        Assert.Equal(Tree(), followed!.Reader.Tree);
        Assert.Equal(amended.Id, _clone.Clone.Head.Commit);
    }

    [Fact]
    public async Task What_was_amended_away_is_not_pushed()
    {
        await StartAsync();
        Write("secret", "the password");
        Write("kept", "first");
        ObjectId before = (await _clone.CommitAsync("with", [Bytes("secret"), Bytes("kept")])).Id;
        File.Delete(At("secret"));
        CommitResult amended = await _clone.WorkingCopy.CommitAsync(_clone.Objects, CommittingClone.Request("without") with { Amend = true }, null, Token);
        Assert.Equal(1, amended.FilesChanged);
        ObjectId secret = ObjectHasher.Hash(ObjectKind.Blob, "the password"u8);
        Assert.Contains(secret, _clone.Clone.Local.ObjectsOf(before));
        Assert.DoesNotContain(secret, _clone.Clone.Local.ObjectsOf(amended.Id));
        Assert.Contains(ObjectHasher.Hash(ObjectKind.Blob, "first"u8), _clone.Clone.Local.ObjectsOf(amended.Id));
    }

    [Fact]
    public async Task A_commit_of_the_server_is_not_amended()
    {
        await StartAsync(commits: 1);
        CommitResult refused = await _clone.WorkingCopy.CommitAsync(_clone.Objects, CommittingClone.Request("no") with { Amend = true }, null, Token);
        Assert.Equal(CommitOutcome.ServerHasIt, refused.Outcome);
        Assert.Equal(CommitOutcome.ServerHasIt, Amending.Refuse(_clone.Clone));
    }

    [Fact]
    public async Task Cleaning_keeps_what_is_ignored_and_other_repositories()
    {
        await StartAsync();
        Write(".gitignore", "*.log\n");
        await _clone.CommitAsync("ignore", [Bytes(".gitignore")]);
        Write("d/file", "x");
        Write("d/a.log", "log");
        Write("d/sub/file", "x");
        Write("e/file", "x");
        Write("repo/.git/HEAD", "ref: refs/heads/main\n");
        Directory.CreateDirectory(At("empty/inner"));
        Cleaner cleaner = new(_clone.WorkingCopy);
        CleanOptions options = new(CleanedFiles.Untracked, Folders: true, Repositories: false, DryRun: true);
        string[] expected = ["Removed d/file", "Removed d/sub/", "Removed e/", "Removed empty/", "IsRepository repo/"];
        Assert.Equal(expected, await CleanAsync(cleaner, options));
        Assert.Equal(expected, await CleanAsync(cleaner, options with { DryRun = false }));
        Assert.True(File.Exists(At("d/a.log")) && File.Exists(At("repo/.git/HEAD")));
        Assert.False(Directory.Exists(At("empty")) || Directory.Exists(At("e")));
        Assert.Equal(["Removed d/"], await CleanAsync(cleaner, options with { Files = CleanedFiles.Ignored, DryRun = false }));
        Assert.Equal(["Removed repo/"], await CleanAsync(cleaner, options with { Repositories = true, DryRun = false }));
    }

    public void Dispose() => _clone?.Dispose();

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    private static async Task<string[]> CleanAsync(Cleaner cleaner, CleanOptions options) =>
        [.. (await cleaner.CleanAsync(null!, [[]], options, Token)).Select(c => $"{c.Outcome} {Encoding.UTF8.GetString(c.Path)}")];

    // A clone with two local files committed on top of the server's, or of nothing.
    private async Task StartAsync(int commits = 0)
    {
        _clone = await CommittingClone.CreateAsync(commits == 0 ? null : new RandomTrees(new Random(5), commits, filesMax: 10));
        if (commits == 0)
        {
            Write("kept", "as committed");
            Write("folder/inside", "as committed");
            Assert.Equal(AddOutcome.Done, (await AddAsync("kept", "folder")).Outcome);
            Assert.Equal(["Added folder/inside", "Added kept"], await _clone.StatusAsync());
            Assert.Equal(2, (await _clone.CommitAsync("start")).FilesChanged);
            Assert.Empty(await _clone.StatusAsync());
        }
    }

    private string At(string path) => Path.Combine(_clone.Top, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    private ObjectId Tree() => Tree(_clone.Clone.Head.Commit!.Value);

    private ObjectId Tree(ObjectId commit)
    {
        Assert.True(_clone.Clone.History.TryFind(commit, out CommitNode node));
        return node.Tree;
    }

    private Task<CheckoutResult> CheckoutAsync(ObjectId commit, bool force = false) =>
        _clone.WorkingCopy.CheckoutAsync(_clone.Objects, Tree(commit), new HeadState(null, commit), force, null, Token);

    private Task<AddResult> AddAsync(params string[] paths) =>
        new FileAdder(_clone.Clone, _clone.WorkingCopy).AddAsync(_clone.Objects, [.. paths.Select(Bytes)], force: false, dryRun: false, Token);

    private Task<RemoveResult> RemoveAsync(string path, bool cached = false) =>
        new FileRemover(_clone.WorkingCopy).RemoveAsync(_clone.Objects, [Bytes(path)], new RemoveOptions(false, cached, false, false), Token);

    private async Task AssertUndoneAsync(string path, string text, string[] before, string[] after)
    {
        Assert.Equal(after, await _clone.StatusAsync());
        Assert.Equal(UndoOutcome.Done, (await _clone.UndoAsync()).Outcome);
        Assert.Equal(text, File.ReadAllText(At(path)));
        Assert.Equal(before, await _clone.StatusAsync());
    }
}
