using System.Globalization;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;

namespace Monorepo.EndToEnd.Tests.Differential;

/// <summary>What <c>mr</c> prints about a history is what git prints, to the byte.</summary>
public abstract class ReadingAgainstGit(ServedHistory served)
{
    private const int SampledCommits = 8;

    [Fact]
    public async Task The_log_is_gits()
    {
        string head = served.Git.Head;
        await SameAsync(["log", head, "--abbrev", "40"], ["log", head, "--no-mailmap", "--no-decorate", "--abbrev=40"]);
        await SameAsync(["log", "--oneline", "--abbrev", "40"], ["log", "--oneline", "--no-decorate", "--abbrev=40"]);
    }

    [Fact]
    public async Task The_log_of_a_range_is_gits()
    {
        string[] commits = Sample();
        string range = $"{commits[^2]}..{commits[0]}";
        await SameAsync(["log", range, "--oneline", "--abbrev", "40", "-n", "50"], ["log", range, "--oneline", "--no-decorate", "--abbrev=40", "-n", "50"]);
    }

    [Fact]
    public async Task Trees_of_old_and_new_versions_are_listed_as_git_lists_them()
    {
        foreach (string commit in Sample())
        {
            await SameAsync(["ls-tree", "-r", commit], ["ls-tree", "-r", commit]);
        }
    }

    [Fact]
    public async Task Files_of_old_versions_are_gits()
    {
        foreach (string commit in Sample())
        {
            string[] paths = [.. served.Git.Lines("-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", commit).Where(p => !p.StartsWith('"') && !p.Contains('\ufffd', StringComparison.Ordinal))];
            string path = paths[paths.Length / 2];
            await SameAsync(["cat", $"{commit}:{path}"], ["cat-file", "blob", $"{commit}:{path}"]);
        }
    }

    [Fact]
    public async Task Differences_between_versions_are_gits()
    {
        string[] commits = Sample();
        // Neighbours, as people look at them, and versions far apart, which touch nearly everything.
        for (int i = 0; i < commits.Length - 1; i++)
        {
            string parent = served.Git.Lines("rev-list", "--first-parent", "-n", "2", commits[i])[^1];
            await SameAsync(["diff", "--full-index", parent, commits[i]], ["diff", "--full-index", parent, commits[i]]);
        }

        await SameAsync(["diff", "--full-index", commits[^1], commits[0]], ["diff", "--full-index", commits[^1], commits[0]]);
    }

    /// <summary>Commits evenly over the main line, the newest first and the oldest last.</summary>
    private string[] Sample()
    {
        string[] line = served.Git.Lines("rev-list", "--first-parent", "HEAD");
        return [.. Enumerable.Range(0, SampledCommits).Select(i => line[i * (line.Length - 1) / (SampledCommits - 1)]).Distinct(StringComparer.Ordinal)];
    }

    private async Task SameAsync(string[] mr, string[] git)
    {
        ProgramResult ours = (await served.User.RunInAsync(served.Copy, mr)).Succeeds();
        SameBytes.Check(served.Git.Bytes(git), ours.Output, string.Create(CultureInfo.InvariantCulture, $"{ours.CommandLine} and git {string.Join(' ', git)}"));
    }
}
