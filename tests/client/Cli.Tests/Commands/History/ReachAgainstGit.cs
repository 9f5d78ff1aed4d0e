using System.Text;

namespace Monorepo.Cli.Tests.Commands.History;

/// <summary>Merge bases, descriptions and refs that hold commits are git's.</summary>
public abstract class ReachAgainstGit(ClonedHistory history)
{
    private const int Samples = 14;

    [Fact]
    public async Task Merge_bases_of_random_pairs_are_gits()
    {
        foreach ((string a, string b, string c) in Triples(Samples))
        {
            string[] expected = Bases("merge-base", "--all", a, b);
            (int code, string[] ours) = await LinesAsync("merge-base", "--all", a, b);
            Assert.Equal(expected.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
            Assert.Equal(expected.Length == 0 ? 1 : 0, code);
            (_, string[] first) = await LinesAsync("merge-base", a, b);
            Assert.Equal(ours.Take(1), first);
            (_, string[] many) = await LinesAsync("merge-base", "--all", a, b, c);
            Assert.Equal(Bases("merge-base", "--all", a, b, c).Order(StringComparer.Ordinal), many.Order(StringComparer.Ordinal));
            (int isAncestor, _) = await history.RunAsync("merge-base", "--is-ancestor", a, b);
            Assert.Equal(expected is [var only] && only == a ? 0 : 1, isAncestor);
        }
    }

    [Fact]
    public async Task The_best_base_of_a_branch_and_its_past_is_gits()
    {
        foreach ((string a, _, _) in Triples(4))
        {
            await history.SameAsync(["merge-base", "HEAD", a], ["merge-base", "HEAD", a]);
        }
    }

    [Fact]
    public async Task Descriptions_of_random_commits_are_gits()
    {
        string[][] forms = [["--always"], ["--tags", "--always"], ["--tags", "--long", "--always"], ["--always", "--abbrev=0"]];
        foreach ((string a, string b, _) in Triples(Samples))
        {
            foreach (string[] form in forms)
            {
                string[] abbreviated = form.Contains("--abbrev=0", StringComparer.Ordinal) ? form : [.. form, "--abbrev=40"];
                await history.SameAsync(["describe", .. abbreviated, a], ["describe", .. abbreviated, a]);
                await history.SameAsync(["describe", .. abbreviated, b + "^0"], ["describe", .. abbreviated, b + "^0"]);
            }
        }

        foreach (string tag in history.Git.Lines("tag"))
        {
            await history.SameAsync(["describe", "--tags", "--abbrev=40", tag], ["describe", "--tags", "--abbrev=40", tag]);
            await history.SameAsync(["describe", "--tags", "--long", "--abbrev=40", tag], ["describe", "--tags", "--long", "--abbrev=40", tag]);
        }
    }

    [Fact]
    public async Task Refs_that_hold_a_commit_are_gits()
    {
        const string Format = "--format=%(objectname) %(refname)";
        await history.SameAsync(["refs"], ["for-each-ref", Format]);
        await history.SameAsync(["refs", "refs/tags/"], ["for-each-ref", Format, "refs/tags/"]);
        foreach ((string a, string b, _) in Triples(6))
        {
            await history.SameAsync(["refs", "--contains", a], ["for-each-ref", Format, "--contains", a]);
            await history.SameAsync(["refs", "--merged", a], ["for-each-ref", Format, "--merged", a]);
            await history.SameAsync(["refs", "refs/heads/", "--merged", a, "--contains", b], ["for-each-ref", Format, "--merged", a, "--contains", b, "refs/heads/"]);
        }
    }

    [Fact]
    public async Task Names_are_gits()
    {
        string[] names = ["HEAD", "HEAD~3", "HEAD^0", .. history.Git.Lines("for-each-ref", "--format=%(refname)"), "HEAD~5..HEAD~1"];
        foreach (string name in names)
        {
            await history.SameAsync(["rev-parse", name], ["rev-parse", name]);
        }
    }

    [Fact]
    public async Task What_has_no_name_says_so()
    {
        string root = history.Git.Lines("rev-list", "--max-parents=0", "HEAD")[^1];
        (int code, _) = await history.RunAsync("describe", root);
        Assert.Equal((int)ExitCode.NotFound, code);
        (code, _) = await history.RunAsync("describe", "--long", "--abbrev=0", root);
        Assert.Equal((int)ExitCode.Usage, code);
    }

    private string[] Bases(params string[] arguments)
    {
        try
        {
            return history.Git.Lines(arguments);
        }
        catch (InvalidOperationException)
        {
            // Git ends with 1 where there is none.
            return [];
        }
    }

    private async Task<(int Code, string[] Lines)> LinesAsync(params string[] arguments)
    {
        (int code, byte[] output) = await history.RunAsync(arguments);
        return (code, Encoding.ASCII.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private List<(string A, string B, string C)> Triples(int count)
    {
        string[] all = history.Git.Lines("rev-list", "--all");
        Random random = new(23);
        string Any() => all[random.Next(all.Length)];
        return [.. Enumerable.Range(0, count).Select(_ => (Any(), Any(), Any()))];
    }
}

public sealed class WatchmanReachTests(WatchmanHistory history) : ReachAgainstGit(history), IClassFixture<WatchmanHistory>;

public sealed class VfsForGitReachTests(VfsForGitHistory history) : ReachAgainstGit(history), IClassFixture<VfsForGitHistory>;

public sealed class TangledReachTests(TangledHistory history) : ReachAgainstGit(history), IClassFixture<TangledHistory>;
