using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary><c>mr blame</c> prints what <c>git blame</c> prints, to the byte.</summary>
public abstract class BlameAgainstGit(ServedHistory history, int files)
{
    private readonly Random _random = new(11);

    /// <summary>Files at a revision.</summary>
    private string[] Choose(string revision, int count)
    {
        string[] all = [.. history.Git.Run("ls-tree", "-r", "-z", revision).Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.Contains(" blob ", StringComparison.Ordinal)).Select(l => l[(l.IndexOf('\t', StringComparison.Ordinal) + 1)..])];
        _random.Shuffle(all);
        return all[..Math.Min(count, all.Length)];
    }

    [Fact]
    public async Task Lines_are_blamed_on_the_commits_that_git_blames()
    {
        foreach (string file in Choose("HEAD", files))
        {
            await history.SameAsync(["blame", "--porcelain", "HEAD", file], ["blame", "--porcelain", "HEAD", "--", file]);
        }
    }

    [Fact]
    public async Task Older_revisions_are_gits_too()
    {
        string[] commits = history.Git.Lines("rev-list", "HEAD");
        for (int i = 0; i < files / 3; i++)
        {
            string commit = commits[_random.Next(commits.Length)];
            foreach (string file in Choose(commit, 1))
            {
                await history.SameAsync(["blame", "--line-porcelain", commit, file], ["blame", "--line-porcelain", commit, "--", file]);
            }
        }
    }

    [Fact]
    public async Task The_form_for_people_and_ranges_of_lines_are_gits()
    {
        foreach (string file in Choose("HEAD", files / 3))
        {
            await history.SameAsync(["blame", "--abbrev", "11", "HEAD", file], ["blame", "--abbrev=11", "HEAD", "--", file]);
            int lines = history.Git.Bytes("show", "HEAD:" + file).Count(b => b == '\n');
            if (lines < 3)
            {
                continue;
            }

            int first = _random.Next(1, lines);
            string[] ranges = [$"{first},{_random.Next(1, lines)}", $"{first},+7", $"{first},-3", $",{first}", $"{first}"];
            string[] one = ["-L", ranges[_random.Next(ranges.Length)]];
            string[] two = [.. one, "-L", $"1,{Math.Max(1, lines / 9)}"];
            await history.SameAsync(["blame", "-p", .. one, "HEAD", file], ["blame", "-p", .. one, "HEAD", "--", file]);
            await history.SameAsync(["blame", "-l", .. two, "HEAD", file], ["blame", "-l", .. two, "HEAD", "--", file]);
        }
    }

    [Fact]
    public async Task White_space_is_left_out_as_git_does()
    {
        foreach (string file in Choose("HEAD", files / 4))
        {
            await history.SameAsync(["blame", "-w", "--porcelain", "HEAD", file], ["blame", "-w", "--porcelain", "HEAD", "--", file]);
        }
    }

    [Fact]
    public async Task Json_says_the_same_as_the_porcelain()
    {
        string file = Choose("HEAD", 1)[0];
        (int code, byte[] output) = await history.RunAsync(["blame", "--json", "HEAD", file]);
        Assert.Equal(0, code);
        string[] expected = [.. history.Git.Run("blame", "-s", "-l", "--root", "HEAD", "--", file).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[..40])];
        List<string> actual = [];
        foreach (string line in Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            Assert.Equal(actual.Count + 1, json.RootElement.GetProperty("line").GetInt32());
            actual.AddRange(Enumerable.Repeat(json.RootElement.GetProperty("id").GetString()!, json.RootElement.GetProperty("lines").GetArrayLength()));
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task What_is_no_file_or_line_is_refused()
    {
        string file = Choose("HEAD", 1)[0];
        int lines = history.Git.Bytes("show", "HEAD:" + file).Count(b => b == '\n') + 2;
        Assert.Equal((int)ExitCode.NotFound, (await history.RunAsync(["blame", "no/such/file"])).Code);
        Assert.Equal((int)ExitCode.NotFound, (await history.RunAsync(["blame", "-L", lines.ToString(CultureInfo.InvariantCulture), "HEAD", file])).Code);
        Assert.Equal((int)ExitCode.Usage, (await history.RunAsync(["blame", "-L", "x", "HEAD", file])).Code);
        Assert.Equal((int)ExitCode.NotFound, (await history.RunAsync(["blame", "nothing", file])).Code);
    }
}

public sealed class WatchmanBlameTests(ServedWatchman history) : BlameAgainstGit(history, 40), IClassFixture<ServedWatchman>;

public sealed class VfsForGitBlameTests(ServedVfsForGit history) : BlameAgainstGit(history, 60), IClassFixture<ServedVfsForGit>;

public sealed class TangleBlameTests(ServedPathTangle history) : BlameAgainstGit(history, 40), IClassFixture<ServedPathTangle>;
