using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>Working copies that <c>mr</c> writes are git's, and what it says of edits is what git says.</summary>
public abstract class WorkingCopyAgainstGit(ServedHistory served)
{
    private const int Versions = 4;

    [Fact]
    public void A_clone_has_gits_paths_contents_modes_and_links() => SameTree("HEAD", served.Copy);

    [Fact]
    public async Task A_clean_working_copy_has_no_status_and_no_differences()
    {
        Assert.Empty((await served.User.RunInAsync(served.Copy, "status", "--porcelain")).Succeeds().Output);
        Assert.Empty((await served.User.RunInAsync(served.Copy, "diff")).Succeeds().Output);
    }

    [Fact]
    public async Task Going_to_old_versions_and_back_leaves_gits_trees()
    {
        string copy = await CloneAsync("versions");
        string[] line = served.Git.Lines("rev-list", "--first-parent", "HEAD");
        string[] versions = [.. Enumerable.Range(1, Versions).Select(i => line[i * (line.Length - 1) / Versions]), line[0]];
        foreach (string version in versions)
        {
            (await served.User.RunInAsync(copy, "checkout", version)).Succeeds();
            SameTree(version, copy);
            Assert.Empty((await served.User.RunInAsync(copy, "status", "--porcelain")).Succeeds().Output);
        }

        // git keeps no empty folders, so the trees can't tell.
        Assert.DoesNotContain(
            Directory.EnumerateDirectories(copy, "*", SearchOption.AllDirectories),
            d => !d.Contains("/.mr", StringComparison.Ordinal) && !Directory.EnumerateFileSystemEntries(d).Any());
    }

    [Fact]
    public async Task After_edits_status_and_differences_are_gits()
    {
        string copy = await CloneAsync("edits");
        string git = served.Git.CheckOut(served.User.PathTo("edits-git"), "HEAD");
        Edits edits = new(served.Git);
        edits.ApplyTo(copy);
        edits.ApplyTo(git);

        await SameAsync(copy, git, ["status", "--porcelain"], ["status", "--porcelain=v1"]);
        await SameAsync(copy, git, ["status", "--porcelain", "-z"], ["status", "--porcelain=v1", "-z"]);
        await SameAsync(copy, git, ["status", "--porcelain", "--ignored"], ["status", "--porcelain=v1", "--ignored"]);
        await SameAsync(copy, git, ["diff", "--full-index"], ["diff", "--full-index"]);

        (await served.User.RunInAsync(copy, "checkout", "--force", served.Git.Head)).Succeeds();
        GitCommand.Run(git, "checkout", "-q", "--force", "HEAD");
        await SameAsync(copy, git, ["status", "--porcelain"], ["status", "--porcelain=v1"]);
    }

    private async Task<string> CloneAsync(string name)
    {
        string copy = served.User.PathTo(name);
        (await served.User.RunAsync("clone", served.Url, copy)).Succeeds();
        return copy;
    }

    private void SameTree(string revision, string copy)
    {
        string expected = served.Git.Text("rev-parse", revision + "^{tree}").Trim();
        string actual = served.Git.TreeOf(copy);
        Assert.True(string.Equals(expected, actual, StringComparison.Ordinal), $"The working copy of {revision} differs from git's:\n{served.Git.DifferenceOf(expected, actual)}");
    }

    private async Task SameAsync(string copy, string gitCopy, string[] mr, string[] git)
    {
        ProgramResult ours = (await served.User.RunInAsync(copy, mr)).Succeeds();
        SameBytes.Check(GitCommand.Run(gitCopy, git), ours.Output, $"{ours.CommandLine} and git {string.Join(' ', git)}");
    }
}
