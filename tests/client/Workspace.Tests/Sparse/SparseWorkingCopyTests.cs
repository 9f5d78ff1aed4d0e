using System.Text;
using Monorepo.Workspace.Checkout;
using Monorepo.Workspace.Commits;
using Monorepo.Workspace.Sparse;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Sparse;

public sealed class SparseWorkingCopyTests
{
    private static readonly string[] s_first =
    [
        "p/web=[include]\nweb/\np/\n", "p/all=", "p/docs=[include]\ndocs\n[exclude]\ndocs/old\n", "web/a=1", "web/deep/er/b=2", "docs/a=3", "docs/old/b=4", "lib/x/a=5", "lib/y/a=6", "top=7",
    ];

    private static readonly string[] s_second = [.. s_first.Select(f => f switch
    {
        "web/a=1" => "web/a=new",
        "p/web=[include]\nweb/\np/\n" => "p/web=%include p/docs\n[include]\nweb/\np/\nlib/y\n[exclude]\nweb/deep\n",
        "docs/a=3" => "docs/a=changed",
        _ => f,
    })];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_working_copy_has_what_profiles_name_and_widens_and_narrows_with_them()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second);
        Assert.True((await clone.CheckoutAsync(0)).IsDone);
        Assert.Equal(s_first.Length, clone.Files().Count);

        CheckoutResult narrowed = await clone.EnableAsync("p/web");
        Assert.Equal((0, 5), (narrowed.FilesWritten, narrowed.FilesRemoved));
        string[] web = ["p/all", "p/docs", "p/web", "web/a", "web/deep/er/b"];
        Assert.Equal(web, clone.Files());
        Assert.False(Directory.Exists(Path.Combine(clone.Top, "docs")));
        Assert.Empty(await clone.StatusAsync());

        // The commit's profile decides: it has another one included now, brings lib/y in and takes web/deep out.
        Assert.True((await clone.CheckoutAsync(1)).IsDone);
        Assert.Equal(["docs/a", "lib/y/a", "p/all", "p/docs", "p/web", "web/a"], clone.Files());
        Assert.Equal(("new", "changed"), (clone.Read("web/a"), clone.Read("docs/a")));
        Assert.Empty(await clone.StatusAsync());
        Assert.True((await clone.CheckoutAsync(0)).IsDone);
        Assert.Equal(web, clone.Files());
        Assert.Empty(await clone.StatusAsync());

        await clone.ChangeAsync(s => s.Add(isInclude: true, ["lib"]).Add(isInclude: false, ["lib/x", "web/deep"]));
        Assert.Equal(["lib/y/a", "p/all", "p/docs", "p/web", "web/a"], clone.Files());
        Assert.Equal(["p/web"], clone.Reopen().Sparse!.Settings.Profiles);
        await clone.ChangeAsync(s => s.Disable(["p/web"]));
        Assert.Equal(["lib/y/a"], clone.Files());
        CheckoutResult whole = await clone.ChangeAsync(_ => SparseSettings.None);
        Assert.True(whole.IsDone);
        Assert.Equal(s_first.Length, clone.Files().Count);
        Assert.Null(clone.WorkingCopy.Sparse);
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task Only_what_is_inside_is_fetched_and_in_few_round_trips()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second, [.. s_second.Select(f => f == "web/a=new" ? "web/a=newer" : f)]);
        await clone.EnableAsync("p/web");
        Assert.Null(clone.WorkingCopy.OpenDirstate());
        long before = clone.RoundTrips;
        Assert.True((await clone.CheckoutAsync(0)).IsDone);

        // The profile's way and its content, then trees and contents.
        Assert.Equal(4, clone.RoundTrips - before);
        Assert.Equal(["p/all", "p/docs", "p/web", "web/a", "web/deep/er/b"], clone.Files());
        Assert.All((string[])["web", "web/deep/er", "web/a"], p => Assert.True(clone.IsFetched(0, p), p));
        Assert.All((string[])["docs", "docs/old", "docs/a", "lib", "lib/x", "top"], p => Assert.False(clone.IsFetched(0, p), p));

        Assert.True((await clone.CheckoutAsync(1)).IsDone);
        Assert.All((string[])["lib/x", "docs/old/b"], p => Assert.False(clone.IsFetched(1, p), p));

        // Where the profile stays, a checkout asks once for trees and once for contents.
        before = clone.RoundTrips;
        Assert.True((await clone.CheckoutAsync(2)).IsDone);
        Assert.Equal("newer", clone.Read("web/a"));
        Assert.Equal(2, clone.RoundTrips - before);
        before = clone.RoundTrips;
        Assert.True((await clone.CheckoutAsync(1)).IsDone);
        Assert.Equal(0, clone.RoundTrips - before);
    }

    [Fact]
    public async Task A_commit_keeps_all_that_is_outside()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first);
        await clone.EnableAsync("p/web");
        await clone.CheckoutAsync(0);
        clone.Write("web/a", "mine");
        clone.Write("web/new/file", "new");
        File.Delete(Path.Combine(clone.Top, "web/deep/er/b"));
        CommitResult result = await clone.CommitAsync("web");
        Assert.Equal(CommitOutcome.Done, result.Outcome);
        IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(clone.Objects, clone.TreeOf(0), clone.Clone.History.TryFind(result.Id, out var node) ? node.Tree : default, Token);
        Assert.Equal(["Modified web/a", "Removed web/deep/er/b", "Added web/new/file"], changes.Select(c => $"{c.Kind} {c.PathText}"));
        Assert.Empty(await clone.StatusAsync());
        Assert.True((await clone.CheckoutAsync(0)).IsDone);
        await clone.ChangeAsync(_ => SparseSettings.None);
        Assert.Equal(clone.FilesOf(0, SparseRules.Everything), clone.Files());
    }

    [Fact]
    public async Task New_files_outside_are_not_committed_and_nothing_is_displaced()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(["p=[include]\n*.txt\nweb/**/*.txt\nweb/*.c\n", "dir.txt/x.md=1", "web/file=2", "web/a.txt=3", "a.txt=4"]);
        await clone.CheckoutAsync(0);
        await clone.ChangeAsync(s => s.Add(isInclude: true, ["path:a.txt", "web/**/*.txt", "path:dir.txt/no"]));
        Assert.Equal(["a.txt", "web/a.txt"], clone.Files());

        // A path that the tree has and that is not here.
        clone.Write("web/file", "not the commit's");
        Assert.Equal(["Untracked web/file"], await clone.StatusAsync());
        Assert.Equal(CommitOutcome.OutsideProfile, (await clone.CommitAsync("web/file")).Outcome);
        clone.Write("web/a.txt", "changed");
        CommitResult rest = await clone.CommitAsync("web");
        Assert.Equal((CommitOutcome.Done, 1, 1), (rest.Outcome, rest.FilesChanged, rest.OutsideCount));
        Assert.Equal("not the commit's", clone.Read("web/file"));

        // A directory in the place of a file that is outside.
        File.Delete(Path.Combine(clone.Top, "web/file"));
        clone.Write("web/file/new.txt", "x");
        CommitResult displacing = await clone.CommitAsync("web/file/new.txt");
        Assert.Equal((CommitOutcome.OutsideProfile, "web/file"), (displacing.Outcome, Encoding.UTF8.GetString(displacing.Path!)));

        // And a file in that of a directory.
        await clone.ChangeAsync(s => s.Add(isInclude: true, ["*.txt"]).Add(isInclude: false, ["dir.txt/"]));
        clone.Write("dir.txt", "x");
        displacing = await clone.CommitAsync("dir.txt");
        Assert.Equal((CommitOutcome.OutsideProfile, "dir.txt"), (displacing.Outcome, Encoding.UTF8.GetString(displacing.Path!)));
    }

    [Fact]
    public async Task What_is_not_saved_stands_in_the_way_of_narrowing()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first);
        await clone.CheckoutAsync(0);
        clone.Write("docs/a", "mine");
        File.Delete(Path.Combine(clone.Top, "lib/x/a"));
        clone.Write("lib/y/untracked", "mine too");
        List<string> before = clone.Files();
        CheckoutResult refused = await clone.EnableAsync("p/web");
        Assert.Equal(["docs/a", "lib/x/a"], refused.Conflicts.Select(c => Encoding.UTF8.GetString(c.Path)));
        Assert.Equal(before, clone.Files());
        Assert.Null(clone.WorkingCopy.Sparse);
        Assert.Null(clone.WorkingCopy.Interrupted);

        clone.Write("docs/a", "3");
        clone.Write("lib/x/a", "5");
        Assert.True((await clone.EnableAsync("p/web")).IsDone);
        Assert.Equal(["lib/y/untracked", "p/all", "p/docs", "p/web", "web/a", "web/deep/er/b"], clone.Files());
        Assert.Equal(["Untracked lib/"], await clone.StatusAsync());
        Assert.True((await clone.ChangeAsync(_ => SparseSettings.None)).IsDone);
        Assert.Equal(["Untracked lib/y/untracked"], await clone.StatusAsync());

        clone.Write("docs/a", "mine");
        Assert.True((await clone.ChangeAsync(s => s.Enable(["p/web"]), force: true)).IsDone);
        Assert.False(File.Exists(Path.Combine(clone.Top, "docs/a")));
    }

    [Fact]
    public async Task An_untracked_file_where_something_comes_in_is_kept_and_named()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first);
        await clone.EnableAsync("p/web");
        await clone.CheckoutAsync(0);
        clone.Write("docs/a", "mine");
        CheckoutResult refused = await clone.ChangeAsync(s => s.Add(isInclude: true, ["docs"]));
        Assert.Equal(["docs/a Untracked"], refused.Conflicts.Select(c => $"{Encoding.UTF8.GetString(c.Path)} {c.Reason}"));
        Assert.Equal("mine", clone.Read("docs/a"));
        Assert.Empty(clone.WorkingCopy.Sparse!.Settings.Rules);

        // The very content that comes is no loss.
        clone.Write("docs/a", "3");
        Assert.True((await clone.ChangeAsync(s => s.Add(isInclude: true, ["docs"]))).IsDone);
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task A_commit_of_the_profile_itself_changes_the_working_copy()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first);
        await clone.EnableAsync("p/web");
        await clone.CheckoutAsync(0);
        clone.Write("p/web", "[include]\nweb/a\np\nlib/x\n");
        await clone.CommitAsync();
        Assert.Empty(await clone.StatusAsync());
        CheckoutResult? followed = await clone.WorkingCopy.FollowProfilesAsync(clone.Objects, null, Token);
        Assert.True(followed!.IsDone);
        Assert.Equal(["lib/x/a", "p/all", "p/docs", "p/web", "web/a"], clone.Files());
        Assert.Empty(await clone.StatusAsync());
        Assert.Null(await clone.WorkingCopy.FollowProfilesAsync(clone.Objects, null, Token));
    }

    [Fact]
    public async Task A_commit_without_the_profile_keeps_the_rules_and_a_wrong_profile_changes_nothing()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(["web/a=0", "docs/a=0"], s_first, [.. s_first.Select(f => f.StartsWith("p/web", StringComparison.Ordinal) ? "p/web=web/" : f)]);
        await clone.CheckoutAsync(0);
        Assert.Equal(SparseError.ProfileMissing, (await Assert.ThrowsAsync<SparseException>(() => clone.EnableAsync("p/web"))).Error);
        await clone.CheckoutAsync(1);
        await clone.EnableAsync("p/web");
        Assert.True((await clone.CheckoutAsync(0)).IsDone);
        Assert.Equal(["web/a"], clone.Files());
        Assert.Equal(SparseError.ProfileWrong, (await Assert.ThrowsAsync<SparseException>(() => clone.CheckoutAsync(2))).Error);
        Assert.Equal(["web/a"], clone.Files());
        Assert.Empty(await clone.StatusAsync());
    }

    [Fact]
    public async Task Directories_are_gits_sparse_checkout()
    {
        await using SparseClone clone = await SparseClone.CreateAsync(s_first, s_second);
        await clone.CheckoutAsync(0);
        foreach (string[] directories in (string[][])[["web"], ["docs/old", "lib"], ["web/deep", "lib/x", "none"]])
        {
            await clone.ChangeAsync(_ => SparseSettings.None.Add(isInclude: true, directories.Select(d => d + "/")));
            foreach (int commit in (int[])[1, 0])
            {
                Assert.True((await clone.CheckoutAsync(commit)).IsDone);
                (List<string> files, string status) = clone.GitSparse(commit, directories);
                Assert.Equal(files, clone.Files());
                Assert.Equal("", status);
                Assert.Empty(await clone.StatusAsync());
            }
        }
    }
}
